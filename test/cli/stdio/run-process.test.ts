import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { nodeWithTypeScript } from '../../lab/project.ts';

const module = new URL('../../../src/cli/stdio/run-process.ts', import.meta.url).href;

/** Runs a command with the function body `body` in its own process; the script `shell` can redirect its output. */
function runCommand(body: string, shell = '"$@"') {
  const script = `import { runProcess } from ${JSON.stringify(module)};
    void runProcess(async (words, { out, err }) => { ${body} });`;
  const command = [...nodeWithTypeScript, '--input-type=module', '--eval', script];
  const { status, stdout, stderr } = spawnSync('sh', ['-c', shell, 'sh', ...command], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

const writes = `out.write('a listing'); err.write('line 3: Service already exists\\n');`;

describe('runProcess', () => {
  it('writes the output of the command, and exits with its status', () => {
    assert.deepEqual(runCommand(`${writes} return 7;`), {
      status: 7,
      stdout: 'a listing',
      stderr: 'line 3: Service already exists\n',
    });
  });

  it('writes the output of a command that throws, and reports the error in one line', () => {
    assert.deepEqual(runCommand(`${writes} throw new Error('broken off\\nat once');`), {
      status: 1,
      stdout: 'a listing',
      stderr: 'line 3: Service already exists\nipvsadm: broken off\n',
    });
  });

  it('reports why standard output cannot be written', () => {
    const { status, stderr } = runCommand(`${writes} return 0;`, '"$@" >/dev/full');
    assert.equal(status, 1);
    assert.equal(
      stderr,
      'line 3: Service already exists\nipvsadm: cannot write standard output: No space left on device\n',
    );
  });

  it('exits with the status of the command if standard error cannot be written', () => {
    for (const stderr of ['2>/dev/full', '2>&-']) {
      for (const result of [0, 255])
        assert.deepEqual(runCommand(`${writes} return ${result};`, `"$@" ${stderr}`), {
          status: result,
          stdout: 'a listing',
          stderr: '',
        });
    }
    const closed = 'exec 3>&1; { "$@" >&3; echo " $?" >&3; } 2>&1 | :';
    assert.equal(runCommand(`${writes} return 7;`, closed).stdout, 'a listing 7\n');
  });

  it('describes a failed system call', () => {
    const { stderr } = runCommand(`(await import('node:fs')).readFileSync('/proc/no such file');`);
    assert.equal(stderr, 'ipvsadm: cannot open /proc/no such file: No such file or directory\n');
  });

  it('adds no message if the reader of standard output is gone', () => {
    const body = `${writes} throw Object.assign(new Error('nobody reads'), { code: 'EPIPE' });`;
    assert.deepEqual(runCommand(body), {
      status: 141,
      stdout: 'a listing',
      stderr: 'line 3: Service already exists\n',
    });
  });
});
