import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { nodeWithTypeScript } from '../lab/project.ts';

const source = new URL('../../src/platform/node/program-name.ts', import.meta.url);

describe('the name of a script run by Node', () => {
  let folder: string;
  let program: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ipvsadm-name-'));
    mkdirSync(join(folder, 'bin'));
    program = join(folder, 'bin/adm.mts');
    const shebang = `#!/usr/bin/env -S ${nodeWithTypeScript.join(' ')}`;
    writeFileSync(
      program,
      `${shebang}\nimport { programName } from '${source.href}';\nconsole.log(programName());\n`,
    );
    chmodSync(program, 0o755);
    symlinkSync('bin/adm.mts', join(folder, 'link.mts'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Runs a shell command in the folder; returns what the program prints. */
  const name = (command: string, path = '') => {
    const PATH = [path, dirname(process.execPath), '/usr/bin', '/bin'].filter(Boolean).join(':');
    return execFileSync('/bin/sh', ['-c', command], {
      cwd: folder,
      env: { PATH },
      encoding: 'utf8',
    }).trimEnd();
  };

  it('is the path by which it was called', () => {
    for (const path of ['./bin/adm.mts', 'bin/adm.mts', 'bin//../bin/adm.mts', './link.mts', program])
      assert.equal(name(`${path} foo`), path);
    assert.equal(name(`${relative('/', program)} foo`.replace(/^/, 'cd /; ')), relative('/', program));
  });

  it('is its bare name if it is found in PATH', () => {
    assert.equal(name('adm.mts', join(folder, 'bin')), 'adm.mts');
    assert.equal(name('link.mts', folder), 'link.mts');
    assert.equal(name('adm.mts', 'bin'), 'adm.mts');
  });

  it('is its path if PATH has another program of the same name', () => {
    mkdirSync(join(folder, 'other'));
    symlinkSync(program, join(folder, 'other/adm.mts'));
    assert.equal(name('./bin/adm.mts', join(folder, 'other')), './bin/adm.mts');
    assert.equal(name(program, join(folder, 'other')), program);
  });
});
