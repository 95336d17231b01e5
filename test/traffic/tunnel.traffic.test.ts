import { lessonSuite } from './lesson-suite.ts';
import { gre, gue, tun, tun6 } from './lessons/tunnel.ts';

lessonSuite(import.meta.url, 'traffic: tunnels', [tun, gre, gue, tun6]);
