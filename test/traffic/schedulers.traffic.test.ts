import { lessonSuite } from './lesson-suite.ts';
import { caches } from './lessons/caches.ts';
import { hashing } from './lessons/hashing.ts';
import { schedulers } from './lessons/schedulers.ts';

lessonSuite(import.meta.url, 'traffic: schedulers', [schedulers, hashing, caches]);
