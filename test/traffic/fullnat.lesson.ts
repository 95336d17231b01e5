import { lessonSuite } from './lesson-suite.ts';
import { fullnat } from './lessons/fullnat.ts';

lessonSuite(import.meta.url, 'traffic: full NAT', [fullnat]);
