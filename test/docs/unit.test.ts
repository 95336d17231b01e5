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

  /** Replaces one of our commands by a shell script. */
  const command = (name: string, script: string) => {
    const path = join(folder, 'bin', name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  };
  /** Runs the shell script in a setting of the unit, with paths redirected to our folder; returns its exit status. */
  const run = (setting: string) => {
    const script = new RegExp(`^${setting}=/bin/sh -c '(.*)'$`, 'm').exec(unit)?.[1];
    assert.ok(script, setting);
    const here = script.replaceAll('$$', '$').replace(/\/(etc|run)\//g, `${folder}/`);
    const env = { PATH: `${folder}/bin:/usr/bin:/bin` };
    return spawnSync('/bin/sh', ['-c', here], { env, stdio: 'ignore' }).status;
  };
  const rules = () => readFileSync(join(folder, 'ipvsadm.rules'), 'utf8');

  const skip = analyze ? false : 'There is no systemd-analyze.';
  it('passes systemd-analyze verify', { skip }, () => {
    const { stdout, stderr, status } = spawnSync(analyze ?? '', ['--man=no', 'verify', file], {
      encoding: 'utf8',
    });
    assert.equal(stdout + stderr, '');
    assert.equal(status, 0);
  });

  for (const setting of ['ExecStart', 'ExecReload']) {
    it(`restores the rules, and exits with the status of ipvsadm-restore: ${setting}`, () => {
      command('ipvsadm-restore', `echo "$@" >${folder}/called; exit 3`);
      assert.equal(run(setting), 3);
      assert.equal(readFileSync(join(folder, 'called'), 'utf8'), `${folder}/ipvsadm.rules\n`);
      assert.deepEqual(readdirSync(folder).sort(), ['bin', 'called']);
    });

    it(`records a successful restore: ${setting}`, () => {
      command('ipvsadm-restore', '');
      assert.equal(run(setting), 0);
      assert.deepEqual(readdirSync(folder).sort(), ['bin', 'ipvsadm.restored']);
    });
  }

  /** Creates the files that the unit leaves after restoring the rules, an hour after they were written. */
  const restored = () => {
    const path = join(folder, 'ipvsadm.rules');
    writeFileSync(path, 'old\n');
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    writeFileSync(join(folder, 'ipvsadm.restored'), '');
    utimesSync(join(folder, 'ipvsadm.restored'), 1_700_003_600, 1_700_003_600);
  };
  const settings = (text: string) => {
    mkdirSync(join(folder, 'default'), { recursive: true });
    writeFileSync(join(folder, 'default/ipvsadm'), text);
  };
  const saving = 'AUTO="true"\nSAVE_ON_STOP="true"  # of ours\n';
  /** Installs fake commands that behave as if the table differed from the file. */
  const changed = () => {
    command('ipvsadm-restore', `test "$*" = '--dry-run --exit-code ${folder}/ipvsadm.rules' && exit 3`);
    command('ipvsadm-save', `test "$1" = -n && echo new >"$2"`);
  };

  const withoutSaving = ['', 'AUTO="true"\n', 'AUTO="true"\nSAVE_ON_STOP="false"\n', 'SAVE_ON_STOP=yes\n'];
  for (const text of [undefined, ...withoutSaving])
    it(`does not save the rules when stopped, with ${JSON.stringify(text ?? 'no settings')}`, () => {
      restored();
      changed();
      if (text !== undefined) settings(text);
      assert.equal(run('ExecStop'), 0);
      assert.equal(rules(), 'old\n');
    });

  const optionSettings =
    'RESTORE_OPTIONS="--except [2001:db8::1]:8[0-9] --keep-weights"\nSAVE_OPTIONS="--all --only *"\n';
  const restoreOptions = '--except [2001:db8::1]:8[0-9] --keep-weights';

  for (const setting of ['ExecStart', 'ExecReload'])
    it(`restores the rules with RESTORE_OPTIONS: ${setting}`, () => {
      command('ipvsadm-restore', `printf '%s\\n' "$@" >${folder}/called`);
      settings(optionSettings);
      assert.equal(run(setting), 0);
      assert.equal(
        readFileSync(join(folder, 'called'), 'utf8'),
        `${restoreOptions.replaceAll(' ', '\n')}\n${folder}/ipvsadm.rules\n`,
      );
    });

  it('compares the rules with RESTORE_OPTIONS, and saves them with SAVE_OPTIONS', () => {
    restored();
    const words = `${restoreOptions} --dry-run --exit-code ${folder}/ipvsadm.rules`;
    command('ipvsadm-restore', `test "$*" = '${words}' && exit 3`);
    command('ipvsadm-save', `test "$1 $2 $3 $4" = '-n --all --only *' && echo new >"$5"`);
    settings(saving + optionSettings);
    assert.equal(run('ExecStop'), 0);
    assert.equal(rules(), 'new\n');
  });

  it('saves the rules in numeric form when stopped, with SAVE_ON_STOP="true"', () => {
    restored();
    changed();
    settings(saving);
    assert.equal(run('ExecStop'), 0);
    assert.equal(rules(), 'new\n');
  });

  it('does not overwrite a file that it has not restored', () => {
    restored();
    rmSync(join(folder, 'ipvsadm.restored'));
    changed();
    settings(saving);
    assert.equal(run('ExecStop'), 0);
    assert.equal(rules(), 'old\n');
  });

  it('does not overwrite a file that equals the table', () => {
    restored();
    changed();
    command('ipvsadm-restore', '');
    settings(saving);
    assert.equal(run('ExecStop'), 0);
    assert.equal(rules(), 'old\n');
  });

  it('does not overwrite a file that has changed since it was restored', () => {
    restored();
    changed();
    settings(saving);
    writeFileSync(join(folder, 'ipvsadm.rules'), 'edited\n');
    assert.equal(run('ExecStop'), 0);
    assert.equal(rules(), 'edited\n');
  });

  it('fails if it cannot save the rules', () => {
    restored();
    changed();
    command('ipvsadm-save', 'exit 255');
    settings(saving);
    assert.equal(run('ExecStop'), 255);
    assert.equal(rules(), 'old\n');
  });
});
