import { strict as assert } from 'node:assert';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runInLab } from './lab.ts';
import { lab } from './lab-test.ts';
import { labCommand } from './project.ts';

describe('runInLab', lab, () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ipvsadm-lab-test-'));
  });
  after(() => rm(folder, { recursive: true }));

  it("returns the program's output and exit code", async () => {
    const program = ['sh', '-c', 'printf "%s\\n" "$1"; echo no >&2; exit 7', 'sh', `it's $HOME`];
    const { code, stdout, stderr, timedOut } = await runInLab(program, { kernel: 'uml' });
    assert.deepEqual(
      { code, stdout, stderr, timedOut },
      { code: 7, stdout: "it's $HOME\n", stderr: 'no\n', timedOut: false },
    );
  });

  it('returns a large output completely', async () => {
    const { stdout } = await runInLab(['head', '-c', '3000000', '/dev/zero'], { kernel: 'uml' });
    assert.equal(stdout.length, 3_000_000);
  });

  it('runs the program in the current folder, with the given environment', async () => {
    const show = 'pwd; echo $COLOUR $IPVSADM_LAB; test -x "$IPVSADM_REFERENCE" && test ! -t 1 && echo fine';
    const { stdout } = await runInLab(['sh', '-c', show], { kernel: 'uml', env: { COLOUR: 'dark blue' } });
    assert.equal(stdout, `${process.cwd()}\ndark blue uml\nfine\n`);
  });

  it('lets the program change any file, but keeps only the results folder', async () => {
    const mark = join(folder, 'mark');
    const results = join(folder, 'results');
    const write =
      'echo x >"$1" && echo y >/usr/mark && cat "$1" /usr/mark && echo z >$IPVSADM_LAB_RESULTS/result';
    const { stdout } = await runInLab(['sh', '-c', write, 'sh', mark], { kernel: 'uml', results });
    assert.equal(stdout, 'x\ny\n');
    assert.ok(!existsSync(mark) && !existsSync('/usr/mark'));
    assert.equal(await readFile(join(results, 'result'), 'utf8'), 'z\n');
  });

  it('leaves ip_vs unloaded on request', async () => {
    const { code } = await runInLab(['test', '-e', '/proc/net/ip_vs'], { kernel: 'uml', ipvs: false });
    assert.equal(code, 1);
  });

  it('does not wait for background processes of the program', async () => {
    const { stdout } = await runInLab(['sh', '-c', 'sleep 1000 & echo done'], {
      kernel: 'uml',
      timeLimit: 60,
    });
    assert.equal(stdout, 'done\n');
  });

  it('kills a guest that reaches its time limit, and reports it', async () => {
    const runner = start(folder, '--time-limit', '4', '--', 'sh', '-c', 'echo begun; sleep 1000');
    let errors = '';
    runner.stderr?.on('data', (chunk) => {
      errors += chunk;
    });
    const guest = await guestOf(runner, folder);
    assert.deepEqual(await once(runner, 'close'), [124, null]);
    assert.match(errors, /had reached its time limit/);
    assert.deepEqual(await processesIn(guest), []);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const)
    it(`leaves no guest behind when its runner gets ${signal}`, async () => {
      const runner = start(folder, '--', 'sh', '-c', 'echo begun; sleep 1000');
      const guest = await guestOf(runner, folder);
      runner.kill(signal);
      await once(runner, 'close');
      for (let wait = 0; (await processesIn(guest)).length > 0 && wait < 50; wait++) await sleep(100);
      assert.deepEqual(await processesIn(guest), []);
      const left = (await readdir(folder)).filter((name) => name.startsWith('ipvsadm-lab-'));
      assert.equal(left.length, signal === 'SIGKILL' ? 1 : 0, 'temporary folders');
    });
});

/** Starts the lab's command line with its temporary files in a folder. */
function start(folder: string, ...args: string[]): ChildProcess {
  const [file = '', ...options] = labCommand('run.ts', '--kernel', 'uml', ...args);
  return spawn(file, options, { env: { ...process.env, TMPDIR: folder } });
}

/** Returns the process group of the guest that a runner has started in a folder, once its program has begun. */
async function guestOf(runner: ChildProcess, folder: string): Promise<number> {
  if (runner.stdout) await once(runner.stdout, 'data');
  for (const pid of await processes()) {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (words.includes(`LAB=${folder}`)) return pid; // it leads its group
  }
  throw new Error('no guest is running');
}

async function processes(): Promise<number[]> {
  return (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
}

/** Returns the living processes of a group. */
async function processesIn(group: number): Promise<number[]> {
  const found: number[] = [];
  for (const pid of await processes()) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(pgrp) === group && state !== 'Z') found.push(pid);
  }
  return found;
}
