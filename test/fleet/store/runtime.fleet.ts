import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { runtimeOf } from '../../../packaging/compile.ts';
import { projectFolder } from '../../lab/project.ts';

/** Test files that must also pass in the executable's runtime, as they depend on its own TLS, connections and streams. */
const files = [
  'store/etcd.fleet.ts',
  'store/refusals.fleet.ts',
  'store/cluster-faults.fleet.ts',
  'store/gateway.test.ts',
  'store/http.test.ts',
  'rule-source/rule-source.test.ts',
];
const names = '3\\.5.*(with certificates|leader dies)|scripted|web server';

describe("the executable's runtime", () => {
  it('passes the tests of certificates, users and a leader that dies', () => {
    if (process.arch !== 'x64' && process.arch !== 'arm64') throw new Error(`no runtime for ${process.arch}`);
    const paths = files.map((file) => `./test/fleet/${file}`);
    const { status, stderr } = spawnSync(
      runtimeOf(process.arch),
      ['test', '--timeout', '60000', '-t', names, ...paths],
      { cwd: projectFolder, encoding: 'utf8' },
    );
    assert.equal(status, 0, stderr);
    const [, passed] = /^ *(\d+) pass$/m.exec(stderr) ?? [];
    assert.ok(Number(passed) >= 37, stderr);
  });
});
