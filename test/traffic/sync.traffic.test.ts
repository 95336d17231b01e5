import { lessonSuite } from './lesson-suite.ts';
import { sync } from './lessons/sync.ts';

lessonSuite(import.meta.url, 'traffic: two directors', [sync]);
