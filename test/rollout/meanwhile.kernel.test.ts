import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { fileOf, Reference, run, start } from './director.ts';

const service = '-A -t 192.0.2.1:80 -s sh';
const first = '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1';
const second = '-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 1';
const other = ['-A -t 192.0.2.7:80 -s rr', '-a -t 192.0.2.7:80 -r 10.0.0.7:80 -g -w 1'];
/** A server of the other address family, beside which no sync daemon may run. */
const mixed = ['-A -f 1 -s rr', '-a -f 1 -r [2001:db8::9]:0 -i -w 1 --tun-type ipip'];
const startDaemon = '--start-daemon master --mcast-interface gone0 --syncid 1';
const fallback =
  'sh refuses clients of servers with weight 0, so -t 192.0.2.1:80 has sh-fallback while servers drain\n';

kernelSuite(import.meta.url, 'changes by others while servers drain', () => {
  let reference: Reference;
  before(() => {
    execFileSync('ip', ['link', 'set', 'lo', 'up']);
    reference = new Reference();
  });
  after(() => reference.close());
  beforeEach(async () => {
    await reference.restore([service, first, second, ...other]);
  });

  async function table(): Promise<string[]> {
    return (await run('-S -n')).stdout.trimEnd().split('\n');
  }

  /** Does what somebody else might do. A drain takes one second here, in which an emulated machine starts hardly a program. */
  async function meanwhile(...commands: readonly string[]): Promise<void> {
    for (const words of commands) assert.deepEqual(await run(words), { status: 0, stdout: '', stderr: '' });
  }

  async function untilTable(isSo: (lines: readonly string[]) => boolean): Promise<void> {
    for (let tries = 0; !isSo(await table()); tries++) {
      assert.ok(tries < 200, `the table does not become what was expected: ${(await table()).join('\n')}`);
      await sleep(20);
    }
  }

  const isDraining = (lines: readonly string[]) => lines.some((line) => line.endsWith('-w 0'));

  it('stay when the rollout ends, and a service that they removed is not missed', async () => {
    const rollout = run('-R --sync --drain=5', [service, second, ...other]);
    await untilTable(isDraining);
    await meanwhile('-A -t 192.0.2.99:80 -s wlc');
    await meanwhile('-e -t 192.0.2.7:80 -r 10.0.0.7:80 -g -w 0');
    await meanwhile('-D -t 192.0.2.1:80');
    assert.deepEqual(await rollout, { status: 0, stdout: '', stderr: fallback });
    assert.deepEqual(await table(), [
      '-A -t 192.0.2.7:80 -s rr',
      '-a -t 192.0.2.7:80 -r 10.0.0.7:80 -g -w 0',
      '-A -t 192.0.2.99:80 -s wlc',
    ]);
  });

  it('do not give a draining server clients again', async () => {
    const rollout = run('-R --sync --drain=9', [service, second, ...other]);
    await untilTable(isDraining);
    await meanwhile('-e -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1');
    await untilTable(isDraining);
    assert.equal((await rollout).status, 0);
    assert.deepEqual(await table(), [service, second, ...other]);
  });

  it('may remove the server, or its service, that -d --drain removes', async () => {
    for (const removal of ['-d -t 192.0.2.1:80 -r 10.0.0.1:80', '-D -t 192.0.2.1:80']) {
      await reference.restore([service, first, second]);
      const removing = run('-d -t 192.0.2.1:80 -r 10.0.0.1:80 --drain=5');
      await untilTable(isDraining);
      await meanwhile(removal);
      assert.deepEqual(await removing, { status: 0, stdout: '', stderr: fallback });
      assert.deepEqual(await table(), removal.startsWith('-D') ? [''] : [service, second]);
    }
  });

  describe('where a daemon starts after that', () => {
    beforeEach(async () => {
      execFileSync('ip', ['link', 'add', 'gone0', 'type', 'dummy']);
      execFileSync('ip', ['addr', 'add', '10.9.7.1/24', 'dev', 'gone0']);
      execFileSync('ip', ['link', 'set', 'gone0', 'up']);
      await reference.restore([service, first, second, ...other, ...mixed]);
    });
    const removeInterface = () => execFileSync('sh', ['-c', 'ip link del gone0 2>/dev/null || true']);
    after(removeInterface);

    it('stay, too, when that is refused and the rollout is undone', async () => {
      const rollout = run('-R --sync --drain=5', [service, second, ...other, startDaemon]);
      await untilTable(isDraining);
      await meanwhile('-A -t 192.0.2.99:80 -s wlc');
      await meanwhile('-e -t 192.0.2.7:80 -r 10.0.0.7:80 -g -w 0');
      removeInterface();
      const { status, stderr } = await rollout;
      assert.deepEqual(
        [status, stderr],
        [255, `${fallback}line 5: No such device\nAll changes have been undone.\n`],
      );
      assert.deepEqual(
        (await table()).sort(),
        [
          ...[service, first, second, ...mixed],
          ...[
            '-A -t 192.0.2.7:80 -s rr',
            '-a -t 192.0.2.7:80 -r 10.0.0.7:80 -g -w 0',
            '-A -t 192.0.2.99:80 -s wlc',
          ],
        ].sort(),
      );
    });

    it('nothing is removed or started after SIGTERM', async () => {
      const { child, ended } = start(
        'ipvsadm',
        ['-R', '--sync', '--drain=30', '--keep-weights'],
        fileOf([service, second, startDaemon]),
      );
      await untilTable(isDraining);
      child.kill('SIGTERM');
      const { status, stderr } = await ended;
      assert.equal(status, 130);
      assert.match(stderr, /^Stopped: .* with weight 0\.$/m);
      assert.match(stderr, /^To return to the former rules, restore them without --keep-weights/m);
      assert.equal(await reference.run('-L --daemon'), '');
      const lines = await table();
      for (const line of [
        '-t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 0',
        '-f 1 -r [2001:db8::9]:0 -i -w 0 --tun-type ipip',
      ])
        assert.ok(lines.includes(`-a ${line}`), lines.join('\n'));
      removeInterface();
    });
  });

  it('are not the only ones to survive: a table saved meanwhile restores the own settings', async () => {
    const rollout = run('-R --sync --drain=5', [service, second, ...other]);
    await untilTable(isDraining);
    const saved = await run('-S -n');
    assert.equal(saved.stderr, '1 service has servers that are draining: these are saved with weight 0.\n');
    await rollout;
    assert.equal((await run('-R --sync', saved.stdout)).status, 0);
    assert.ok((await table()).includes(service));
  });
});

kernelSuite(import.meta.url, 'a rollback that the kernel refuses in part', () => {
  let reference: Reference;
  before(() => {
    reference = new Reference();
  });
  after(() => reference.close());

  it('is reported with the first refusal, and what could not be restored', async () => {
    const ip = (words: string) => execFileSync('ip', words.split(' '));
    for (const name of ['gone1', 'kept1']) {
      ip(`link add ${name} type dummy`);
      ip(`addr add 10.9.${name === 'gone1' ? 8 : 9}.1/24 dev ${name}`);
      ip(`link set ${name} up`);
    }
    await reference.restore(['-A -t 192.0.2.1:80 -s wlc']);
    await reference.run('--start-daemon master --mcast-interface gone1 --syncid 6');
    ip('link del gone1');
    const { status, stderr } = await run('-R --sync', [
      '-A -t 192.0.2.1:80 -s rr',
      '-A -t 192.0.2.2:80 -s nosuch',
      '--start-daemon master --mcast-interface kept1 --syncid 5',
    ]);
    assert.equal(status, 255);
    const [first, second, third = '', ...others] = stderr.split('\n');
    assert.deepEqual(
      [first, second, others],
      [
        'line 2: Scheduler or persistence engine not found',
        'Not all changes could be undone, as these commands were refused, too:',
        [''],
      ],
    );
    assert.match(third, /^--start-daemon master --mcast-interface gone1 --syncid 6 .*: No such device$/);
    assert.equal(await reference.run('-Sn'), '-A -t 192.0.2.1:80 -s wlc\n');
    ip('link del kept1');
  });
});
