import { lessonSuite } from './lesson-suite.ts';
import { sctp } from './lessons/sctp.ts';
import { udp } from './lessons/udp.ts';

lessonSuite(import.meta.url, 'traffic: UDP and SCTP', [udp, sctp]);
