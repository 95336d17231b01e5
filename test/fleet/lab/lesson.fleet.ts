import { lessonSuite } from '../../traffic/lesson-suite.ts';
import { fleet } from '../../traffic/lessons/fleet.ts';

lessonSuite(import.meta.url, 'the lesson about fleets', [fleet]);
