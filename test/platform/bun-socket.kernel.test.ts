import { join } from 'node:path';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { checkRuntime } from './runtime-suite.ts';

const program = join(import.meta.dirname, 'bun/socket-checks.ts');

kernelSuite(import.meta.url, "netlink sockets of the executable's runtime", () =>
  checkRuntime(program, true),
);
