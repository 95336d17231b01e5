import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runInLab } from '../../lab/lab.ts';
import { binFolderOf } from '../../lab/project.ts';
import { makeCertificates } from '../etcd/certificates.ts';
import { etcdVersions, findEtcd } from '../etcd/package.ts';

/** The checks that executable.sh reports, in order. */
const checks = [
  'agent --once reports',
  'a rollout changes the table',
  'a server is drained and put back',
  'status --watch shows each change',
  'without the store the table stays',
];

describe('the executable on a real kernel, with a real etcd over mutual TLS', () => {
  it('works as agent, driver and operator (each version of etcd)', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-executable-'));
    try {
      await makeCertificates(folder);
      const script = join(import.meta.dirname, 'executable.sh');
      const runs = await Promise.all(
        etcdVersions.map(async (version) => {
          const { etcd } = await findEtcd(version);
          return `VERSION=${version} ETCD=${etcd} sh ${script}`;
        }),
      );
      const env = { CERTIFICATES: folder, PATH: `${binFolderOf('executable')}:${process.env.PATH}` };
      const program = ['sh', '-c', runs.join(' && ')];
      const { code, stdout, stderr } = await runInLab(program, { env, memory: '768M', timeLimit: 300 });
      const found = stdout.split('\n').flatMap((line) => (line.startsWith('ok ') ? [line.slice(3)] : []));
      const wanted = etcdVersions.flatMap((version) => checks.map((what) => `${version} ${what}`));
      assert.deepEqual(found, wanted, stdout + stderr);
      assert.equal(code, 0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
