import { lessonSuite } from './lesson-suite.ts';
import { dr, dr6 } from './lessons/dr.ts';
import { local } from './lessons/local.ts';

lessonSuite(import.meta.url, 'traffic: direct routing', [dr, dr6, local]);
