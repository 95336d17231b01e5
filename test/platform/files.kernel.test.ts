import { join } from 'node:path';
import { checks } from './file-checks.ts';
import { runtimeSuite } from './runtime-suite.ts';

const program = join(import.meta.dirname, 'file-checks.ts');
runtimeSuite(import.meta.url, 'files', checks, program, { usesIoUring: false });
