import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { architectureNames } from '../../packaging/architecture.ts';
import { compile } from '../../packaging/compile.ts';
import { which } from '../lab/child.ts';
import { findDebianMirror } from '../lab/debian/mirror.ts';
import { debianTool } from '../lab/debian/tool.ts';

/** Returns whether a symbol version is later than glibc 2.17, the version in Red Hat Enterprise Linux 7. */
function isTooNew(name: string): boolean {
  const [, major, minor] = /^GLIBC_(\d+)\.(\d+)(\.\d+)?$/.exec(name) ?? [];
  return !(Number(major) === 2 && Number(minor) <= 17);
}

describe('the executable', () => {
  let folder: string;
  let readelf: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ipvsadm-glibc-'));
    readelf =
      (await which('readelf')) ??
      join(await debianTool(await findDebianMirror(), 'binutils'), 'usr/bin/readelf');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const architecture of architectureNames)
    it(`for ${architecture} needs no symbol version after glibc 2.17`, () => {
      const file = join(folder, architecture);
      assert.ok(compile(architecture, file), 'the executable cannot be built');
      const { status, stdout, stderr } = spawnSync(readelf, ['--wide', '--version-info', file], {
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
      const [, needs = ''] = stdout.split(/^Version needs section /m);
      const names = [...needs.matchAll(/Name: (\S+)/g)].map(([, name = '']) => name);
      assert.ok(names.length > 1, stdout);
      assert.deepEqual(names.filter(isTooNew), []);
    });
});
