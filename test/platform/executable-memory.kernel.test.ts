import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { binFolderOf } from '../lab/project.ts';

const ipvsadm = join(binFolderOf('executable'), 'ipvsadm');

/** Gibibytes of address space in which the runtime finds no room for the code that it compiles. */
const little = 1;

kernelSuite(import.meta.url, 'the executable without memory for compiled code', () => {
  for (const [what, shell, env] of [
    ['with the JIT compiler disabled', 'exec "$0" "$@"', { BUN_JSC_useJIT: '0' }],
    ['with little address space', `ulimit -v ${little * 2 ** 20}; exec "$0" "$@"`, {}],
  ] as const) {
    it(`reports the missing memory, ${what}`, () => {
      const { status, stdout, stderr } = spawnSync('sh', ['-c', shell, ipvsadm, '-Ln'], {
        encoding: 'utf8',
        env: { ...process.env, ...env },
      });
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, /^ipvsadm: no memory that may be written and executed: [^\n]*\n$/);
    });
  }
});
