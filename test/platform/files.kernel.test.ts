import { join } from 'node:path';
import { checks } from './file-checks.ts';
import { runtimeSuite } from './runtime-suite.ts';

runtimeSuite(import.meta.url, 'files', checks, join(import.meta.dirname, 'file-checks.ts'));
