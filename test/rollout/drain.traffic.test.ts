import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildDirectRouting, type DirectRouting } from '../lab/direct-routing.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { binFolder } from '../lab/project.ts';
import { fileOf, type Running, start } from './director.ts';

kernelSuite(import.meta.url, 'draining', () => {
  let dr: DirectRouting;
  let service: string;
  /** Rules of the service and both of its servers. */
  let rules: readonly string[];
  /** The client's open connections, distributed over the servers in turn. */
  let open: ChildProcess[] = [];

  before(async () => {
    dr = await buildDirectRouting();
    service = `-t ${dr.vip}:80`;
    rules = [
      `-A ${service} -s rr`,
      ...dr.servers.map(({ address }) => `-a ${service} -r ${address}:80 -g -w 1`),
    ];
  });
  after(() => dr.world.dispose());

  /** Restores the table with both servers. */
  async function reset(): Promise<void> {
    await director('ipvsadm-restore', [], fileOf(rules)).ended;
    assert.deepEqual(await table(), ['1 1', '2 1']);
  }
  beforeEach(reset);
  afterEach(async () => {
    if (open.length === 0) return;
    await reset(); // otherwise the director would not see the connections end
    for (const connection of open) connection.kill('SIGKILL');
    open = [];
    await untilActive('0,0');
  });

  function director(name: 'ipvsadm' | 'ipvsadm-restore', words: readonly string[], input: string): Running {
    return start(name, words, input, dr.world.on('director'));
  }

  /** Returns number, weight and active connections of each server, from the kernel's `/proc/net/ip_vs`. */
  async function servers(): Promise<{ number: number; weight: string; active: string }[]> {
    const { stdout } = await dr.world.exec('director', ['cat', '/proc/net/ip_vs']);
    const found = [...stdout.matchAll(/-> \w{6}(\w\w):0050 +Route +(\d+) +(\d+)/g)];
    return found
      .map(([, last = '', weight = '', active = '']) => ({
        number: Number.parseInt(last, 16) - 120,
        weight,
        active,
      }))
      .sort((a, b) => a.number - b.number);
  }

  /** Returns number and weight of each server. */
  async function table(): Promise<string[]> {
    return (await servers()).map(({ number, weight }) => `${number} ${weight}`);
  }

  async function untilActive(wanted: string): Promise<void> {
    const active = async () => (await servers()).map((server) => server.active).join();
    for (let waited = 0; (await active()) !== wanted; waited += 100) {
      assert.ok(waited < 10_000, `active connections are ${await active()} instead of ${wanted}`);
      await sleep(100);
    }
  }

  /** Opens a connection to each server; it does not matter which server gets the first one. */
  async function connectToAll(): Promise<void> {
    for (const _ of dr.servers) {
      const [file = '', ...args] = [...dr.world.on('client'), 'socat', '-', `TCP:${dr.vip}:80`];
      open.push(spawn(file, args, { stdio: ['pipe', 'ignore', 'inherit'] }));
    }
    await untilActive('1,1');
  }

  async function disconnectAll(): Promise<void> {
    const ends = open.map((connection) => once(connection, 'exit'));
    for (const connection of open) connection.stdin?.end(); // the client's FIN ends the connection for the director
    await Promise.all(ends);
  }

  const removal = (...words: string[]) => [
    '-d',
    '-t',
    `${dr.vip}:80`,
    '-r',
    dr.servers[0]?.address ?? '',
    ...words,
  ];
  const first = () => `${service} -r ${dr.servers[0]?.address}:80`;
  const withoutFirst = () => fileOf(rules.toSpliced(1, 1));

  /** Waits until the first server has weight 0. */
  async function untilDraining(): Promise<void> {
    for (let waited = 0; !(await table()).includes('1 0'); waited += 100) {
      assert.ok(waited < 10_000, 'the weight does not become 0');
      await sleep(100);
    }
  }

  describe('a server without connections', () => {
    for (const [drain, least] of [
      ['--drain', 1000],
      ['--drain=5', 1000],
      ['--drain=0', 0],
    ] as const)
      it(`is removed after the grace period for handshakes: ${drain}`, async () => {
        const begin = performance.now();
        const { status, stdout, stderr } = await director('ipvsadm', removal(drain), '').ended;
        assert.deepEqual([status, stdout, stderr], [0, '', '']);
        const took = performance.now() - begin;
        assert.ok(took >= least && took < 5000, `${took} ms`);
        assert.deepEqual(await table(), ['2 1']);
      });

    it('is reported as missing if it does not exist', async () => {
      const words = ['-d', '-t', `${dr.vip}:80`, '-r', '10.9.9.9', '--drain=5'];
      const { status, stderr } = await director('ipvsadm', words, '').ended;
      assert.deepEqual([status, stderr], [255, 'No such destination\n']);
    });
  });

  describe('a server with a connection', () => {
    beforeEach(connectToAll);

    for (const [what, begin] of [
      ['-d', () => director('ipvsadm', removal('--drain=60'), '')],
      ['-R --sync', () => director('ipvsadm', ['-R', '--sync', '--drain=60'], withoutFirst())],
      ['ipvsadm-restore', () => director('ipvsadm-restore', ['--drain=60', '--keep'], withoutFirst())],
    ] as const)
      it(`gets no new connections, and is removed when its last one has ended: ${what}`, async () => {
        const { child, ended } = begin();
        await untilDraining();
        await sleep(1500); // longer than the grace period for handshakes
        assert.equal(child.exitCode, null);
        assert.deepEqual(await table(), ['1 0', '2 1']);
        assert.equal((await dr.world.fetch('client', `http://${dr.vip}/`)).stdout, 'web2\n');
        await disconnectAll();
        const { status, stdout, stderr } = await ended;
        assert.deepEqual([status, stdout, stderr], [0, '', '']);
        assert.deepEqual(await table(), ['2 1']);
      });

    it('is removed at the timeout, with a message about remaining connections', async () => {
      const { status, stdout, stderr } = await director('ipvsadm', removal('--drain=1'), '').ended;
      assert.deepEqual(
        [status, stdout, stderr],
        [0, '', `${first()} has 1 active connection left and is removed\n`],
      );
      assert.deepEqual(await table(), ['2 1']);
    });

    for (const [what, begin] of [
      ['-d', () => director('ipvsadm', removal('--drain=1', '--keep'), '')],
      ['-R --sync', () => director('ipvsadm', ['-R', '--sync', '--drain=1', '--keep'], withoutFirst())],
    ] as const)
      it(`is kept at the timeout: ${what} --keep`, async () => {
        const { status, stdout, stderr } = await begin().ended;
        assert.deepEqual(
          [status, stdout, stderr],
          [0, '', `${first()} has 1 active connection left and stays with weight 0\n`],
        );
        assert.deepEqual(await table(), ['1 0', '2 1']);
      });

    it('is kept with --keep even if its service is removed', async () => {
      const words = ['-R', '--sync', '--drain=1', '--keep', '--allow-empty'];
      const { status, stderr } = await director('ipvsadm', words, '').ended;
      assert.deepEqual([status, stderr.trimEnd().split('\n').length], [0, 2]);
      assert.deepEqual(await table(), ['1 0', '2 0']);
    });

    for (const [what, begin] of [
      ['-d', () => director('ipvsadm', removal('--drain'), '')],
      ['-R --sync', () => director('ipvsadm', ['-R', '--sync', '--drain'], withoutFirst())],
    ] as const)
      for (const signal of ['SIGINT', 'SIGTERM'] as const)
        it(`is kept with weight 0 on ${signal}: ${what}`, async () => {
          const { child, ended } = begin();
          await untilDraining();
          child.kill(signal);
          const { status, stderr } = await ended;
          assert.equal(status, 130);
          assert.equal(
            stderr,
            `${first()} has 1 active connection left and stays with weight 0\n` +
              'Interrupted: the servers to be removed are still there, with weight 0.\n',
          );
          assert.deepEqual(await table(), ['1 0', '2 1']);
        });

    it('is kept on SIGTERM with --keep-weights, with a hint how to restore the previous rules', async () => {
      const { child, ended } = director('ipvsadm-restore', ['--drain', '--keep-weights'], withoutFirst());
      await untilDraining();
      child.kill('SIGTERM');
      const { status, stderr } = await ended;
      assert.equal(status, 130);
      assert.match(stderr, /^To return to the previous rules, restore them without --keep-weights/m);
    });

    it('is set to weight 0 again if another program changes its weight', async () => {
      const { ended } = director('ipvsadm', removal('--drain=60'), '');
      await untilDraining();
      const [, ...words] = removal('-g', '-w', '1');
      assert.equal((await director('ipvsadm', ['-e', ...words], '').ended).status, 0);
      await untilDraining();
      await disconnectAll();
      assert.equal((await ended).status, 0);
      assert.deepEqual(await table(), ['2 1']);
    });

    it('can be removed by another program meanwhile', async () => {
      const { ended } = director('ipvsadm', removal('--drain=60'), '');
      await untilDraining();
      assert.equal((await director('ipvsadm', removal(), '').ended).status, 0);
      const { status, stdout, stderr } = await ended;
      assert.deepEqual([status, stdout, stderr], [0, '', '']);
      assert.deepEqual(await table(), ['2 1']);
    });

    it('is shown in a progress line on a terminal', async () => {
      const line = [join(binFolder, 'ipvsadm'), ...removal('--drain=2')].join(' ');
      const { code, stdout } = await dr.world.exec('director', ['script', '-qefc', line, '/dev/null']);
      assert.equal(code, 0);
      const shown = stdout.split('\r').filter((text) => text.includes('draining'));
      assert.match(shown[0] ?? '', /draining: 1 connection left, 2 s$/);
      assert.match(shown.at(-1) ?? '', /draining: 1 connection left, 1 s$/);
      // The progress line is erased before the next message.
      assert.ok(stdout.includes(`\r\x1b[K${first()} has 1 active connection left and is removed\r\n`));
    });
  });

  for (const [scheduler, name, fallback] of [
    ['sh', 'sh-fallback', 'sh -b sh-fallback,flag-3'],
    ['dh', 'the scheduler lblc', 'lblc -b flag-3'],
  ] as const)
    describe(`a server with a connection under ${scheduler}, which refuses clients at weight 0`, () => {
      const begins = () =>
        `${scheduler} refuses clients of servers with weight 0, so ${service} uses ${name} while servers drain\n`;
      const stays = () =>
        `${service} keeps ${name} until a rollout, or -d --drain, removes its servers with weight 0\n`;
      const left = () => `${drained} has 1 active connection left and stays with weight 0\n`;
      const stopped = 'Interrupted: the servers to be removed are still there, with weight 0.\n';
      /** The server that has the connection, as options of ipvsadm; and all rules except the one for it. */
      let drained: string;
      let without: string;
      /** All rules, as the text of a rule file. */
      let all: string;

      beforeEach(async () => {
        const [, ...adding] = rules;
        const hashing = [`-A ${service} -s ${scheduler}`, ...adding];
        all = fileOf(hashing);
        await director('ipvsadm-restore', [], all).ended;
        const [file = '', ...args] = [...dr.world.on('client'), 'socat', '-', `TCP:${dr.vip}:80`];
        open.push(spawn(file, args, { stdio: ['pipe', 'ignore', 'inherit'] }));
        for (let waited = 0; !(await servers()).some(({ active }) => active === '1'); waited += 100) {
          assert.ok(waited < 10_000, 'there is no connection');
          await sleep(100);
        }
        const busy = (await servers()).find(({ active }) => active === '1');
        const words = `-r ${dr.servers[(busy?.number ?? 0) - 1]?.address}:80`;
        drained = `${service} ${words}`;
        without = fileOf(hashing.filter((rule) => !rule.includes(words)));
      });

      const remove = (...words: string[]) => director('ipvsadm', ['-d', ...drained.split(' '), ...words], '');
      const rollOut = (...words: string[]) => director('ipvsadm-restore', words, without);

      /** Returns scheduler and scheduler flags of the service, as in its rule. */
      async function scheduling(): Promise<string | undefined> {
        const { stdout } = await director('ipvsadm', ['-S', '-n'], '').ended;
        return /^-A .* -s (.*)$/m.exec(stdout)?.[1];
      }

      async function untilFallback(): Promise<void> {
        for (let waited = 0; !(await table()).some((server) => server.endsWith(' 0')); waited += 100) {
          assert.ok(waited < 10_000, 'the weight does not become 0');
          await sleep(100);
        }
        assert.equal(await scheduling(), fallback);
      }

      for (const [what, begin] of [
        ['-d', remove],
        ['ipvsadm-restore', rollOut],
      ] as const) {
        it(`has a fallback while it drains: ${what}`, async () => {
          const { ended } = begin('--drain=60');
          await untilFallback();
          assert.equal((await dr.world.fetch('client', `http://${dr.vip}/`)).code, 0);
          await disconnectAll();
          assert.deepEqual(await ended, { status: 0, signal: null, stdout: '', stderr: begins() });
          assert.deepEqual([await scheduling(), (await table()).length], [scheduler, 1]);
        });

        it(`keeps the fallback until the server is removed: ${what} --keep`, async () => {
          const kept = await begin('--drain=1', '--keep').ended;
          assert.deepEqual([kept.status, kept.stderr], [0, begins() + left() + stays()]);
          assert.equal(await scheduling(), fallback);
          await disconnectAll();
          const { status, stderr } = await begin('--drain=10', '--keep').ended;
          assert.deepEqual([status, stderr], [0, '']);
          assert.deepEqual([await scheduling(), (await table()).length], [scheduler, 1]);
        });

        it(`keeps the fallback when draining is stopped: ${what}`, async () => {
          const { child, ended } = begin('--drain');
          await untilFallback();
          child.kill('SIGTERM');
          const { status, stderr } = await ended;
          assert.equal(status, 130);
          assert.equal(stderr, begins() + left() + stopped + stays());
          assert.equal(await scheduling(), fallback);
        });

        it(`loses the fallback in the next run if draining is killed: ${what}`, async () => {
          const { child, ended } = begin('--drain');
          await untilFallback();
          child.kill('SIGKILL');
          await ended;
          assert.equal((await dr.world.fetch('client', `http://${dr.vip}/`)).code, 0);
          await disconnectAll();
          assert.equal((await begin('--drain=10').ended).status, 0);
          assert.deepEqual([await scheduling(), (await table()).length], [scheduler, 1]);
        });
      }

      it('has no fallback if draining does not wait', async () => {
        const { status, stderr } = await remove('--drain=0').ended;
        assert.deepEqual([status, stderr.includes('fallback')], [0, false]);
        assert.deepEqual([await scheduling(), (await table()).length], [scheduler, 1]);
      });

      it('is reported once if a rule sets its weight to 0', async () => {
        const weightless = all.replace(new RegExp(`^(-a ${drained}.*) -w 1$`, 'm'), '$1 -w 0');
        assert.notEqual(weightless, all);
        const line = weightless.split('\n').findIndex((rule) => rule.endsWith('-w 0')) + 1;
        const hint = scheduler === 'dh' ? '' : ` (${name} sends them to other servers)`;
        const first = await director('ipvsadm-restore', [], weightless).ended;
        assert.deepEqual(
          [first.status, first.stderr],
          [0, `line ${line}: ${scheduler} refuses the clients of this server while its weight is 0${hint}\n`],
        );
        const second = await director('ipvsadm-restore', [], weightless).ended;
        assert.deepEqual([second.status, second.stderr], [0, '']);
      });
    });

  it('does not begin if the kernel lacks the fallback scheduler', async () => {
    const [, ...adding] = rules;
    await director('ipvsadm-restore', [], fileOf([`-A ${service} -s dh`, ...adding])).ended;
    const path = '/proc/sys/kernel/modprobe';
    const modprobe = readFileSync(path, 'utf8');
    spawnSync('rmmod', ['ip_vs_lblc']);
    writeFileSync(path, '/bin/false');
    try {
      const sentence = `${service} cannot use the scheduler lblc while servers drain: Scheduler or persistence engine not found\n`;
      const single = await director('ipvsadm', removal('--drain=60'), '').ended;
      assert.deepEqual([single.status, single.stderr], [255, sentence]);
      const rest = fileOf([`-A ${service} -s dh`, ...adding.slice(1)]);
      const rollout = await director('ipvsadm-restore', ['--drain=60'], rest).ended;
      assert.deepEqual([rollout.status, rollout.stderr], [255, `${sentence}All changes have been undone.\n`]);
      assert.deepEqual(await table(), ['1 1', '2 1']);
    } finally {
      writeFileSync(path, modprobe);
    }
  });
});
