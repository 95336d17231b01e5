import { join } from 'node:path';
import { runtimeSuite } from '../platform/runtime-suite.ts';
import { checks } from './socket-checks.ts';

const program = join(import.meta.dirname, 'socket-checks.ts');
runtimeSuite(import.meta.url, 'a netlink socket', checks, program, { usesIoUring: true });
