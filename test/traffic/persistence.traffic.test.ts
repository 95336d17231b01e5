import { lessonSuite } from './lesson-suite.ts';
import { marks } from './lessons/marks.ts';
import { persistence } from './lessons/persistence.ts';
import { thresholds } from './lessons/thresholds.ts';

lessonSuite(import.meta.url, 'traffic: persistence and thresholds', [persistence, marks, thresholds]);
