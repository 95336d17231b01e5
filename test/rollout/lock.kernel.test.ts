import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { whileLocked } from '../../src/rollout/lock.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { wantedBuild } from '../lab/project.ts';
import { fileOf, run, start } from './director.ts';

const busy = 'another rollout is in progress on this director (wait for it with --wait)\n';

/** Ten rule files that have only the services in common. */
const files = Array.from({ length: 10 }, (_, number) => {
  const services = ['-t 192.0.2.1:80', '-t [2001:db8::1]:80', '-f 1'];
  return services.flatMap((service, index) => [
    `-A ${service} -s ${number % 2 ? 'wlc' : 'wrr'}`,
    ...Array.from({ length: 60 }, (_, server) => {
      // No part is 0, so that the rules equal those in a listing.
      const host = `${number + 1}:${server + 1}`;
      const address = index === 1 ? `[2001:db8::${host}]` : `10.0.${number}.${server + 1}`;
      return `-a ${service} -r ${address}:${index === 2 ? 0 : 80} -g -w ${number + 1}`;
    }),
  ]);
});

async function rulesNow(): Promise<string> {
  const { status, stdout, stderr } = await run('-S -n');
  assert.deepEqual([status, stderr], [0, '']);
  return stdout.trimEnd().split('\n').sort().join('\n');
}

/** Returns the index of the file that the table equals, or -1. */
async function winner(): Promise<number> {
  const now = await rulesNow();
  return files.findIndex((rules) => rules.toSorted().join('\n') === now);
}

/** Locks the table as a rollout does, and resolves to a function that unlocks it. */
function lockTable(): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const handlers = { onBusy: reject, onImpossible: reject };
    void whileLocked<void>(0, () => new Promise((unlock) => resolve(unlock)), handlers);
  });
}

function startAll(words: readonly string[]) {
  return Promise.all(files.map((rules) => start('ipvsadm-restore', words, fileOf(rules)).ended));
}

kernelSuite(import.meta.url, 'the lock for rollouts', () => {
  const [rules = []] = files;

  describe('with ten rollouts at once', () => {
    it('leaves the table of one of them, and refuses the others', async (context) => {
      let succeeded = 0;
      for (let round = 0; round < 2; round++) {
        const ends = await startAll([]);
        assert.notEqual(
          await winner(),
          -1,
          `the table is a mixture: ${JSON.stringify(ends)}\n${await rulesNow()}`,
        );
        assert.equal(ends[await winner()]?.status, 0);
        for (const { status, stdout, stderr } of ends)
          assert.deepEqual([status, stdout, stderr], status === 0 ? [0, '', ''] : [255, '', busy]);
        succeeded += ends.filter(({ status }) => status === 0).length;
      }
      context.diagnostic(`of twice 10 rollouts, ${succeeded} succeeded, one after the other`);
    });

    it('lets all of them succeed with --wait', async () => {
      const ends = await startAll(['--wait']);
      assert.notEqual(await winner(), -1, 'the table is a mixture');
      for (const { status, stderr } of ends) assert.deepEqual([status, stderr], [0, '']);
    });
  });

  describe('during another rollout', () => {
    const other = 'elsewhere';
    let unlock: () => void;
    before(async () => {
      unlock = await lockTable();
      execFileSync('ip', ['netns', 'add', other]);
      execFileSync('ip', ['-n', other, 'link', 'set', 'lo', 'up']);
    });
    after(() => {
      unlock();
      execFileSync('ip', ['netns', 'del', other]);
    });

    /** Runs a rollout, asserts that it is refused, and returns the milliseconds until then. */
    async function refused(words: readonly string[]): Promise<number> {
      const begin = performance.now();
      const { status, stderr } = await run(['-R --sync', ...words].join(' '), rules);
      assert.deepEqual([status, stderr], [255, busy]);
      return performance.now() - begin;
    }

    for (const words of [['--flush'], ['--drain=0'], []])
      it(`makes a rollout fail at once, without changes: ipvsadm-restore ${words.join(' ')}`, async () => {
        const now = await rulesNow();
        const { status, stderr } = await start('ipvsadm-restore', words, fileOf(['-A -f 9'])).ended;
        assert.deepEqual([status, stderr], [255, busy]);
        assert.equal(await rulesNow(), now);
      });

    it('lets a rollout wait as long as --wait allows, and not longer', async () => {
      const atOnce = await refused([]);
      const waiting = await refused(['--wait=1']);
      assert.ok(waiting >= 990 && waiting - atOnce < 2000, `${waiting} ms, ${atOnce} at once`);
    });

    it('does not delay single commands, --restore and --dry-run', async () => {
      assert.equal((await run('-R --sync --dry-run --exit-code', ['-A -f 9'])).status, 3);
      assert.equal((await run('-A -f 9')).status, 0);
      assert.equal((await run('-R', ['-D -f 9'])).status, 0);
    });

    it('does not delay a rollout on another director', async () => {
      const { status, stderr } = await start('ipvsadm-restore', [], fileOf(rules), [
        ...['ip', 'netns', 'exec', other],
      ]).ended;
      assert.deepEqual([status, stderr], [0, '']);
    });
  });

  it('lets a waiting rollout proceed when the other has ended', async () => {
    const unlock = await lockTable();
    const waiting = start('ipvsadm-restore', ['--wait=20'], fileOf(files[3] ?? []));
    assert.equal(await Promise.race([waiting.ended, delay(1500)]), undefined);
    unlock();
    const { status, stderr } = await waiting.ended;
    assert.deepEqual([status, stderr], [0, '']);
    assert.equal(await winner(), 3);
  });

  it('leaves no process behind when a waiting rollout is terminated', async () => {
    const unlock = await lockTable();
    const { child, ended } = start('ipvsadm-restore', ['--wait'], fileOf(rules));
    assert.equal(await Promise.race([ended, delay(1500)]), undefined);
    child.kill('SIGTERM');
    assert.equal((await ended).signal, 'SIGTERM');
    assert.notEqual(spawnSync('pgrep', ['-x', 'flock']).status, 0);
    unlock();
  });

  describe('in restricted environments', () => {
    const flush = ['--flush'];

    for (const words of [[], flush]) {
      const name = ['ipvsadm-restore', ...words].join(' ');

      it(`needs only CAP_NET_ADMIN: ${name}`, async () => {
        const { status, stderr } = await start('ipvsadm-restore', words, fileOf(rules), networkAdministrator)
          .ended;
        assert.deepEqual([status, stderr], [0, '']);
        assert.equal(await winner(), 0);
        const unlock = await lockTable();
        const second = await start('ipvsadm-restore', words, fileOf(['-A -f 9']), networkAdministrator).ended;
        unlock();
        assert.deepEqual([second.status, second.stderr], [255, busy]);
      });

      it(`works with read-only /run and /proc/sys: ${name}`, async () => {
        const readOnly = (path: string) => `mount --bind ${path} ${path}; mount -o remount,ro,bind ${path}`;
        const { status, stderr } = await start('ipvsadm-restore', words, fileOf(rules), [
          ...inMounts(`${readOnly('/run')}; ${readOnly('/proc/sys')}`),
        ]).ended;
        assert.deepEqual([status, stderr], [0, '']);
        assert.equal(await winner(), 0);
      });

      it(`is skipped with a warning if /proc/sys is empty: ${name}`, async () => {
        const { status, stderr } = await start('ipvsadm-restore', words, fileOf(rules), [
          ...inMounts('mount -t tmpfs none /proc/sys'),
        ]).ended;
        assert.equal(status, 0);
        assert.match(
          stderr,
          /^proceeding without a lock, although .*: cannot lock the table: ENOENT: [^\n]+\n$/,
        );
        assert.equal(await winner(), 0);
      });
    }

    // The executable calls flock(2) itself.
    it('is skipped with a warning if flock(1) dies', { skip: wantedBuild === 'executable' }, async () => {
      const killed =
        "echo 'kill -TERM $$' >/run/flock; chmod +x /run/flock; mount --bind /run/flock /usr/bin/flock";
      const { status, stderr } = await start('ipvsadm-restore', [], fileOf(rules), inMounts(killed)).ended;
      assert.equal(status, 0);
      assert.match(
        stderr,
        /^proceeding without a lock, although .* \/usr\/bin\/flock was ended by SIGTERM\n$/,
      );
    });
  });

  it('leaves no file behind', () => {
    assert.deepEqual(
      readdirSync('/run').filter((name) => name.startsWith('ipvsadm')),
      [],
    );
  });

  it('cannot be held by an ordinary user', () => {
    const file = '/proc/sys/net/ipv4/tcp_fastopen_key';
    const { status, stderr } = spawnSync('setpriv', [...ordinary, 'flock', '--nonblock', file, 'true'], {
      encoding: 'utf8',
    });
    assert.notEqual(status, 0);
    assert.match(stderr, /Permission denied/);
  });
});

const ordinary = ['--reuid=65534', '--regid=65534', '--clear-groups'];

/** Runs a command as a user with CAP_NET_ADMIN who can also read every file, wherever the programs are installed. */
const networkAdministrator = [
  'setpriv',
  ...ordinary,
  '--inh-caps=-all,+net_admin,+dac_read_search',
  '--ambient-caps=-all,+net_admin,+dac_read_search',
];

/** Runs a command after `script`, both in a mount namespace of their own. */
function inMounts(script: string): string[] {
  return ['unshare', '--mount', 'sh', '-ec', `${script}; exec "$@"`, 'sh'];
}

function delay(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), milliseconds).unref();
  });
}
