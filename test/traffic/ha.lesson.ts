import { lessonSuite } from './lesson-suite.ts';
import { ha } from './lessons/ha.ts';

lessonSuite(import.meta.url, 'traffic: two directors with keepalived', [ha]);
