import { lessonSuite } from './lesson-suite.ts';
import { nat, nat6 } from './lessons/nat.ts';

lessonSuite(import.meta.url, 'traffic: NAT', [nat, nat6]);
