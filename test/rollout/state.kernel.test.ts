import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertDocument } from '../json/schema.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { Reference, run } from './director.ts';

const silent = { status: 0, stdout: '', stderr: '' };
const unchanged = 'All changes have been undone.\n';

const service = '-A -t 192.0.2.1:80 -s rr';
/** Rules of a service and a server with another address family. */
const mixed = ['-A -f 1 -s rr', '-a -f 1 -r [2001:db8::9]:0 -i -w 1 --tun-type ipip'];

/** Returns name and id of the kernel threads of sync daemons: another id means that a daemon was restarted. */
function threads(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((id) => {
      try {
        const name = readFileSync(`/proc/${id}/comm`, 'utf8').trim();
        return /^ipvs-[mb]:/.test(name) ? [`${name} ${id}`] : [];
      } catch {
        return []; // the process has ended
      }
    });
}

/** Waits until there are at most `count` threads, since a stopped one may exist a moment longer, and returns them. */
async function threadsWhen(count: number): Promise<string[]> {
  let found = threads();
  for (let waited = 0; found.length > count && waited < 5000; waited += 20) {
    await sleep(20);
    found = threads();
  }
  return found;
}

function ip(words: string): void {
  execFileSync('ip', words.split(' '));
}

/** Returns rules, timeouts and sync daemons of the kernel as text. */
async function state(): Promise<string> {
  const parts = await Promise.all(['-S -n', '-L --timeout', '-L --daemon'].map((words) => run(words)));
  for (const { status, stderr } of parts) assert.deepEqual([status, stderr], [0, '']);
  return parts.map(({ stdout }) => stdout).join('');
}

kernelSuite(import.meta.url, 'a rollout of timeouts and sync daemons', () => {
  before(() => {
    ip('link set lo up');
    for (const [name, mtu] of [
      ['narrow0', 1280],
      ['usual0', 1500],
      ['wide0', 9000],
      ['down0', 1500],
    ]) {
      ip(`link add ${name} mtu ${mtu} type dummy`);
      if (name === 'down0') continue;
      ip(`link set ${name} up`);
      ip(`addr add 10.9.${Number(mtu) % 251}.1/24 dev ${name}`);
      ip(`addr add 2001:db8:${mtu}::1/64 dev ${name} nodad`);
    }
    ip('link property add dev wide0 altname alternative0');
  });
  beforeEach(async () => {
    for (const words of ['-C', '--set 900 120 300']) assert.deepEqual(await run(words), silent);
    for (const role of ['master', 'backup']) await run(`--stop-daemon ${role}`);
    assert.deepEqual(await threadsWhen(0), []);
  });

  /** Rolls out rules; asserts that a dry run prints the `commands` this takes, and that nothing is left to do afterwards. */
  async function roll(rules: readonly string[], commands: readonly string[]): Promise<void> {
    const before = await state();
    const dry = await run('-R --sync --dry-run --exit-code', rules);
    assert.deepEqual(dry, {
      status: commands.length > 0 ? 3 : 0,
      stdout: commands.map((command) => `${command}\n`).join(''),
      stderr: '',
    });
    assert.equal(await state(), before);
    assert.deepEqual(await run('-R --sync', rules), silent);
    assert.deepEqual(await run('-R --sync --dry-run --exit-code', rules), silent);
  }

  it('starts a daemon, and leaves it running when repeated', async () => {
    const rules = [service, '--start-daemon master --mcast-interface usual0 --syncid 7'];
    await roll(rules, rules);
    const running = threads();
    assert.equal(running.length, 1);
    for (let night = 0; night < 3; night++) await roll(rules, []);
    assert.deepEqual(await threadsWhen(running.length), running);
  });

  describe('with a daemon that is equal to the running one', () => {
    const alike: readonly (readonly [running: string, wanted: string])[] = [
      [
        'master --mcast-interface usual0',
        'master --mcast-interface usual0 --syncid 0 --sync-maxlen 1472 --mcast-group 224.0.0.81 --mcast-port 8848 --mcast-ttl 1',
      ],
      ['master --mcast-interface wide0', 'master --mcast-interface wide0 --sync-maxlen 1472'],
      ['master --mcast-interface usual0 --sync-maxlen 1', 'master --mcast-interface usual0 --sync-maxlen 1'],
      [
        'master --mcast-interface usual0 --mcast-group ff02::81',
        'master --mcast-interface usual0 --mcast-group ff02:0::81 --sync-maxlen 1452',
      ],
      [
        'master --mcast-interface usual0 --mcast-group ff02::81 --sync-maxlen 65487',
        'master --mcast-interface usual0 --mcast-group ff02::81 --sync-maxlen 65507',
      ],
      ['backup --mcast-interface narrow0', 'backup --mcast-interface narrow0 --sync-maxlen 1472'],
      ['backup --mcast-interface usual0', 'backup --mcast-interface usual0 --sync-maxlen 1472'],
      ['backup --mcast-interface wide0', 'backup --mcast-interface wide0 --sync-maxlen 8972'],
      [
        'backup --mcast-interface wide0 --mcast-group ff02::81',
        'backup --mcast-interface wide0 --mcast-group ff02::81 --sync-maxlen 8952',
      ],
      ['backup --mcast-interface alternative0', 'backup --mcast-interface alternative0 --sync-maxlen 8972'],
      ['backup --mcast-interface lo', 'backup --mcast-interface lo --sync-maxlen 65507'],
      [
        'backup --mcast-interface usual0 --sync-maxlen 100',
        'backup --mcast-interface usual0 --sync-maxlen 1024',
      ],
    ];
    for (const pair of alike) {
      for (const [running, wanted] of [pair, [pair[1], pair[0]] as const]) {
        it(`keeps ${running} for ${wanted}`, async () => {
          assert.deepEqual(await run(`--start-daemon ${running}`), silent);
          const before = threads();
          await roll([`--start-daemon ${running}`], []);
          await roll([`--start-daemon ${wanted}`], []);
          assert.deepEqual(await threadsWhen(before.length), before);
        });
      }
    }
  });

  describe('with a daemon that differs from the running one', () => {
    for (const role of ['master', 'backup']) {
      const running = `${role} --mcast-interface usual0 --syncid 1`;
      for (const wanted of [
        `${role} --mcast-interface wide0 --syncid 1`,
        `${role} --mcast-interface usual0 --syncid 2`,
        `${running} --sync-maxlen 1471`,
        `${running} --mcast-group 224.0.0.82`,
        `${running} --mcast-group ff02::81`,
        `${running} --mcast-port 8849`,
        `${running} --mcast-ttl 2`,
      ]) {
        it(`restarts the daemon as ${wanted}`, async () => {
          assert.deepEqual(await run(`--start-daemon ${running}`), silent);
          const before = threads();
          await roll([`--start-daemon ${wanted}`], [`--stop-daemon ${role}`, `--start-daemon ${wanted}`]);
          const after = await threadsWhen(before.length);
          assert.equal(after.length, before.length);
          assert.notDeepEqual(after, before);
        });
      }
    }
  });

  it('changes only daemons of roles that the file mentions', async () => {
    assert.deepEqual(await run('--start-daemon backup --mcast-interface usual0 --syncid 3'), silent);
    const [backup] = threads();
    await roll([service], [service]);
    const master = '--start-daemon master --mcast-interface usual0 --syncid 4';
    await roll([service, master], [master]);
    assert.ok(threads().includes(backup ?? ''), 'the backup daemon was restarted');
    assert.equal((await threadsWhen(2)).length, 2);
    await roll([service, '--stop-daemon backup'], ['--stop-daemon backup']);
    assert.match((await run('-L --daemon')).stdout, /^master .*\n$/);
  });

  it('applies the last rule for each role', async () => {
    const start = '--start-daemon master --mcast-interface usual0 --syncid 0';
    await roll(['--stop-daemon master', start], [start]);
    await roll([start, '--stop-daemon master'], ['--stop-daemon master']);
  });

  it('sets timeouts that differ, and keeps those given as 0', async () => {
    await roll(['--set 0 0 0', '--set 900 0 300'], []);
    await roll(['--set 60 0 5'], ['--set 60 0 5']);
    assert.match((await run('-L --timeout')).stdout, /: 60 120 5$/m);
    await roll(['--set 60 7 0', '--set 0 8 0'], ['--set 60 8 0']);
    await roll([service], [service]);
    assert.match((await run('-L --timeout')).stdout, /: 60 8 5$/m);
  });

  it('reports contradictions before any change', async () => {
    const start = '--start-daemon backup --mcast-interface usual0';
    const before = await state();
    for (const words of ['-R --sync --check', '-R --sync --dry-run', '-R --sync'])
      assert.deepEqual(await run(words, [service, start, start, '-Z -t 192.0.2.2:80', '-L -f 9']), {
        status: 2,
        stdout: '',
        stderr: 'line 3: Daemon has already run\nline 4: No such service\nline 5: No such service\n',
      });
    assert.equal(await state(), before);
    assert.deepEqual(
      await run('-R --sync', [service, '-Z -t 192.0.2.1:80', '-Z -t 0.0.0.0:0', '-Z']),
      silent,
    );
  });

  describe('that the kernel refuses', () => {
    const running = 'master --mcast-interface usual0 --syncid 9 --sync-maxlen 700 --mcast-ttl 3';
    let before: string;
    let thread: readonly string[];
    beforeEach(async () => {
      const backup = '--start-daemon backup --mcast-interface wide0 --mcast-group ff02::81';
      const rules = [service, '-A -f 7 -s rr', '--set 61 62 63', `--start-daemon ${running}`, backup];
      assert.deepEqual(await run('-R --sync', rules), silent);
      before = await state();
      thread = threads();
    });

    const changes = ['-A -f 8 -s rr', '--set 1 0 3', '--stop-daemon backup'];

    it('keeps the daemon running if the new interface does not exist', async () => {
      const rules = ['--start-daemon master --mcast-interface nosuch0', '--set 1 2 3', '-A -f 8'];
      assert.deepEqual(await run('-R --sync', rules), {
        status: 255,
        stdout: '',
        stderr: `line 1: No such device\n${unchanged}`,
      });
      assert.equal(await state(), before);
      assert.deepEqual(await threadsWhen(thread.length), thread);
    });

    it('restores the daemon if it cannot be restarted', async () => {
      const rules = [...changes, '--start-daemon master --mcast-interface down0'];
      assert.deepEqual(await run('-R --sync', rules), {
        status: 255,
        stdout: '',
        stderr: `line 4: Network is unreachable\n${unchanged}`,
      });
      assert.equal(await state(), before);
    });

    it('restores daemons and timeouts if a rule of the table is refused', async () => {
      const rules = [...changes, '--start-daemon master --mcast-interface wide0', '-A -f 9 -s nosuch'];
      assert.deepEqual(await run('-R --sync', rules), {
        status: 255,
        stdout: '',
        stderr: `line 5: Scheduler or persistence engine not found\n${unchanged}`,
      });
      assert.equal(await state(), before);
    });

    it('does not change a daemon that another program has started', async () => {
      await run('--stop-daemon backup');
      await run('--start-daemon backup --mcast-interface usual0');
      const now = await state();
      assert.equal((await run('-R --sync', [service, '-A -f 9 -s nosuch'])).status, 255);
      assert.equal(await state(), now);
    });
  });

  describe('of a state saved with --all', () => {
    const configured = [
      service,
      '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1',
      '--set 61 62 63',
      '--start-daemon master --mcast-interface usual0 --syncid 9 --sync-maxlen 700 --mcast-group 224.0.0.81 --mcast-port 8848 --mcast-ttl 3',
      '--start-daemon backup --mcast-interface alternative0 --syncid 255 --sync-maxlen 8952 --mcast-group ff02::81 --mcast-port 65535 --mcast-ttl 1',
    ];
    const reset = async () => {
      for (const words of ['-C', '--set 900 120 300', '--stop-daemon master', '--stop-daemon backup'])
        assert.deepEqual(await run(words), silent);
    };
    let before: string;
    beforeEach(async () => {
      assert.deepEqual(await run('-R', configured), silent);
      before = await state();
    });

    it('restores rules, as does the reference', async () => {
      const { status, stdout, stderr } = await run('-S -n --all');
      assert.deepEqual([status, stderr], [0, '']);
      assert.deepEqual(stdout.trimEnd().split('\n'), configured);
      await roll(configured, []);
      for (const restore of ['-R', '-R --sync']) {
        await reset();
        assert.deepEqual(await run(restore, stdout), silent);
        assert.equal(await state(), before);
      }
      await reset();
      const reference = new Reference();
      try {
        await reference.run('-R', configured);
      } finally {
        reference.close();
      }
      assert.equal(await state(), before);
      assert.equal((await run('-S -n')).stdout.split('\n').length, 3);
    });

    it('restores a JSON document', async () => {
      const { status, stdout, stderr } = await run('-L -n --json --all');
      assert.deepEqual([status, stderr], [0, '']);
      const document = JSON.parse(stdout);
      assertDocument(document);
      assert.deepEqual(Object.keys(document), ['ipvs', 'services', 'timeouts', 'daemons']);
      assert.deepEqual(await run('-R --sync --json --dry-run --exit-code', stdout), silent);
      await reset();
      assert.deepEqual(await run('-R --sync --json', stdout), silent);
      assert.equal(await state(), before);
      await run('--stop-daemon master');
      await run('--start-daemon master --mcast-interface wide0');
      assert.deepEqual(await run('-R --sync --json', stdout), silent);
      assert.equal(await state(), before);
      document.daemons[0].interface = 'nosuch0';
      document.timeouts.udp = 1;
      assert.deepEqual(await run('-R --sync --json', JSON.stringify(document)), {
        status: 255,
        stdout: '',
        stderr: `daemons[0]: No such device\n${unchanged}`,
      });
      assert.equal(await state(), before);
    });
  });

  it('stops a daemon before adding servers of another family, and starts it after their removal', async () => {
    const start = '--start-daemon master --mcast-interface usual0 --syncid 0';
    await roll([start], [start]);
    assert.equal((await run('-R --sync', [start, ...mixed])).status, 255);
    await roll(['--stop-daemon master', ...mixed], ['--stop-daemon master', ...mixed]);
    await roll([service, start], [service, '-D -f 1', start]);
  });
});
