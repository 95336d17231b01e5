import { lessonSuite } from './lesson-suite.ts';
import { ldirectord } from './lessons/ldirectord.ts';

lessonSuite(import.meta.url, 'traffic: a service managed by ldirectord', [ldirectord]);
