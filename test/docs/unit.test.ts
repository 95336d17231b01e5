import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { which } from '../lab/child.ts';
import { projectFolder } from '../lab/project.ts';

const file = join(projectFolder, 'packaging/system/ipvsadm.service');
const unit = readFileSync(file, 'utf8');
const analyze = await which('systemd-analyze');

describe('ipvsadm.service', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ipvsadm-unit-'));
    mkdirSync(join(folder, 'bin'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Puts a shell script in the place of one of our commands. */
  const command = (name: string, script: string) => {
    const path = join(folder, 'bin', name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  };
  /** Runs what the unit runs, with the rules in our folder; gives its exit status. */
  const run = (setting: string) => {
    const script = new RegExp(`^${setting}=/bin/sh -c '(.*)'$`, 'm').exec(unit)?.[1];
    assert.ok(script, setting);
    const here = script.replaceAll('$$', '$').replace(/\/(etc|run)\//g, `${folder}/`);
    const env = { PATH: `${folder}/bin:/usr/bin:/bin` };
    return spawnSync('/bin/sh', ['-c', here], { env, stdio: 'ignore' }).status;
  };
  const rules = () => readFileSync(join(folder, 'ipvsadm.rules'), 'utf8');

  const skip = analyze ? false : 'There is no systemd-analyze.';
  it('is a unit that systemd understands', { skip }, () => {
    const { stdout, stderr, status } = spawnSync(analyze ?? '', ['--man=no', 'verify', file], {
      encoding: 'utf8',
    });
    assert.equal(stdout + stderr, '');
    assert.equal(status, 0);
  });

  for (const setting of ['ExecStart', 'ExecReload']) {
    it(`restores the rules: ${setting}`, () => {
      writeFileSync(join(folder, 'ipvsadm.rules'), '# of ours\n-A -f 1\n');
      command('ipvsadm-restore', `cat >${folder}/restored; exit 3`);
      assert.equal(run(setting), 3);
      assert.equal(readFileSync(join(folder, 'restored'), 'utf8'), '\n-A -f 1\n');
    });

    it(`clears nothing when it cannot read them: ${setting}`, () => {
      command('ipvsadm-restore', `touch ${folder}/restored`);
      assert.notEqual(run(setting), 0);
      assert.deepEqual(readdirSync(folder), ['bin']);
    });
  }

  /** What it leaves when it has restored the rules. */
  const restored = () => {
    writeFileSync(join(folder, 'ipvsadm.restored'), '');
    const later = Date.now() / 1000 + 60;
    utimesSync(join(folder, 'ipvsadm.restored'), later, later);
  };

  it('leaves a file that it has not restored', () => {
    writeFileSync(join(folder, 'ipvsadm.rules'), 'old\n');
    command('ipvsadm-save', 'echo new');
    assert.equal(run('ExecStop'), 0);
    assert.equal(rules(), 'old\n');
  });

  it('leaves a file that says what the table is', () => {
    writeFileSync(join(folder, 'ipvsadm.rules'), '# of ours\n-A -f 1\n');
    restored();
    command('ipvsadm-restore', `test "$*" = '--dry-run --exit-code' && grep -qx -- '-A -f 1'`);
    command('ipvsadm-save', 'echo new');
    assert.equal(run('ExecStop'), 0);
    assert.equal(rules(), '# of ours\n-A -f 1\n');
  });

  it('leaves a file that was changed since it was restored', () => {
    writeFileSync(join(folder, 'ipvsadm.rules'), 'old\n');
    command('ipvsadm-restore', 'cat >/dev/null; test "$1" != --dry-run');
    command('ipvsadm-save', 'echo new');
    assert.equal(run('ExecStart'), 0);
    writeFileSync(join(folder, 'ipvsadm.rules'), 'edited\n');
    const later = Date.now() / 1000 + 60;
    utimesSync(join(folder, 'ipvsadm.rules'), later, later);
    assert.equal(run('ExecStop'), 0);
    assert.equal(rules(), 'edited\n');
    assert.equal(run('ExecReload'), 0);
    restored();
    assert.equal(run('ExecStop'), 0);
    assert.equal(rules(), 'new\n');
  });

  it('saves them in numbers', () => {
    writeFileSync(join(folder, 'ipvsadm.rules'), 'old\n');
    restored();
    command('ipvsadm-save', 'echo new "$@"');
    assert.equal(run('ExecStop'), 0);
    assert.equal(rules(), 'new -n\n');
    assert.deepEqual(readdirSync(folder).sort(), ['bin', 'ipvsadm.restored', 'ipvsadm.rules']);
  });

  it('keeps the old ones when it cannot save', () => {
    writeFileSync(join(folder, 'ipvsadm.rules'), 'old\n');
    restored();
    command('ipvsadm-save', 'echo half; exit 255');
    assert.notEqual(run('ExecStop'), 0);
    assert.equal(rules(), 'old\n');
  });
});
