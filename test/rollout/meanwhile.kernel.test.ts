import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { Ipvs } from '../../src/ipvs/client.ts';
import { type Convergence, converge, type DrainOutcome } from '../../src/rollout/converge.ts';
import { drain } from '../../src/rollout/drain.ts';
import { desiredState } from '../../src/rules/desired.ts';
import { numericOnly } from '../../src/rules/names.ts';
import type { PlanOptions } from '../../src/rules/plan.ts';
import { parseRules } from '../../src/rules/rule-file.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { fileOf, Reference, run } from './director.ts';

const service = '-A -t 192.0.2.1:80 -s sh';
const first = '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1';
const second = '-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 1';
const other = ['-A -t 192.0.2.7:80 -s rr', '-a -t 192.0.2.7:80 -r 10.0.0.7:80 -g -w 1'];
/** A server of the other address family, beside which no sync daemon may run. */
const mixed = ['-A -f 1 -s rr', '-a -f 1 -r [2001:db8::9]:0 -i -w 1 --tun-type ipip'];
const startDaemon = '--start-daemon master --mcast-interface gone0 --syncid 1';

kernelSuite(import.meta.url, 'a rollout while its servers drain', () => {
  let reference: Reference;
  let ipvs: Ipvs;
  before(async () => {
    execFileSync('ip', ['link', 'set', 'lo', 'up']);
    reference = new Reference();
    ipvs = await Ipvs.open();
  });
  after(() => {
    ipvs.close();
    reference.close();
  });
  beforeEach(async () => {
    await reference.restore([service, first, second, ...other]);
  });

  async function table(): Promise<string[]> {
    return (await reference.run('-Sn')).trimEnd().split('\n').sort();
  }

  /** Rolls rules out; `meanwhile` runs while the removed servers have weight 0. */
  async function rollOut(
    rules: readonly string[],
    meanwhile: () => Promise<Partial<DrainOutcome> | undefined>,
    options: PlanOptions = {},
  ): Promise<Convergence> {
    const desired = desiredState(parseRules(fileOf(rules), numericOnly).rules);
    return converge(ipvs, desired, options, {
      options: { seconds: 60, keep: false },
      async drainServers(servers) {
        const removable = await drain(ipvs, servers, 0);
        return { removable, interrupted: false, ...(await meanwhile()) };
      },
    });
  }

  const weightless = (rule: string) => rule.replace(/-w 1/, '-w 0');

  describe('with --keep-weights', () => {
    const keepWeights = { keepWeights: true };
    const tableMeanwhile = async (rules: readonly string[]) => {
      let lines: readonly string[] = [];
      await rollOut(
        rules,
        async () => {
          lines = await table();
          return undefined;
        },
        keepWeights,
      );
      return lines;
    };

    it('sets the fallback if another server has a weight, even if the rules set 0', async () => {
      const lines = await tableMeanwhile([service, weightless(second), ...other]);
      assert.ok(lines.includes(`${service} -b sh-fallback`), lines.join('\n'));
      assert.deepEqual(await table(), [service, second, ...other].sort());
    });

    it('sets no fallback if no other server has a weight, even if the rules set one', async () => {
      await reference.run('-e -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 0');
      const lines = await tableMeanwhile([service, second, ...other]);
      assert.ok(lines.includes(service), lines.join('\n'));
      assert.deepEqual(await table(), [service, weightless(second), ...other].sort());
    });
  });

  describe('with changes by other programs', () => {
    const addService = '-A -t 192.0.2.99:80 -s wlc';
    const takeOut = '-e -t 192.0.2.7:80 -r 10.0.0.7:80 -g -w 0';

    it('keeps them when it ends, even the removal of a service with draining servers', async () => {
      const { failed } = await rollOut([service, second, ...other], async () => {
        assert.ok((await table()).some((line) => line.includes('sh-fallback')));
        for (const words of [addService, takeOut, '-D -t 192.0.2.1:80']) await reference.run(words);
        return undefined;
      });
      assert.equal(failed, undefined);
      assert.deepEqual(await table(), [...other.map(weightless), addService].sort());
    });

    describe('and a daemon to be started after draining', () => {
      beforeEach(async () => {
        execFileSync('ip', ['link', 'add', 'gone0', 'type', 'dummy']);
        execFileSync('ip', ['addr', 'add', '10.9.7.1/24', 'dev', 'gone0']);
        execFileSync('ip', ['link', 'set', 'gone0', 'up']);
        await reference.restore([service, first, second, ...other, ...mixed]);
      });
      const removeInterface = () => execFileSync('sh', ['-c', 'ip link del gone0 2>/dev/null || true']);
      afterEach(removeInterface);

      it('keeps them when the daemon is refused and the rollout is undone', async () => {
        const { failed } = await rollOut([service, second, ...other, startDaemon], async () => {
          for (const words of [addService, takeOut]) await reference.run(words);
          removeInterface();
          return undefined;
        });
        assert.equal(failed?.error.errnoName, 'ENODEV');
        assert.deepEqual(failed.unrestored, []);
        assert.deepEqual(
          await table(),
          [service, first, second, ...mixed, ...other.map(weightless), addService].sort(),
        );
      });

      it('neither starts the daemon nor removes servers if it is interrupted', async () => {
        const { isInterrupted } = await rollOut([service, second, startDaemon], async () => ({
          removable: [],
          interrupted: true,
        }));
        assert.ok(isInterrupted);
        assert.deepEqual(await ipvs.daemons(), []);
        // ipvsadm 1.31 shows two of the flags.
        const fallback = `${service} -b sh-fallback`;
        const drained = [first, ...other, ...mixed].map(weightless);
        assert.deepEqual(await table(), [fallback, second, ...drained].sort());
      });

      it('postpones the daemon if servers of another family remain', async () => {
        const { failed, postponed } = await rollOut(
          [service, first, second, ...other, startDaemon],
          async () => ({
            removable: [],
          }),
        );
        assert.equal(failed, undefined);
        assert.deepEqual(
          postponed.map(({ command }) => command.name),
          ['start-daemon'],
        );
        assert.deepEqual(await ipvs.daemons(), []);
      });
    });
  });
});

kernelSuite(import.meta.url, 'a rollback that the kernel refuses in part', () => {
  it('is reported with the refused rule and the refused commands of the rollback', async () => {
    const ip = (words: string) => execFileSync('ip', words.split(' '));
    for (const name of ['gone1', 'kept1']) {
      ip(`link add ${name} type dummy`);
      ip(`addr add 10.9.${name === 'gone1' ? 8 : 9}.1/24 dev ${name}`);
      ip(`link set ${name} up`);
    }
    for (const words of ['-C', '-A -t 192.0.2.1:80 -s wlc']) assert.equal((await run(words)).status, 0);
    await run('--start-daemon master --mcast-interface gone1 --syncid 6');
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
        'Some changes could not be undone, because the kernel refused these commands, too:',
        [''],
      ],
    );
    assert.match(third, /^--start-daemon master --mcast-interface gone1 --syncid 6 .*: No such device$/);
    assert.equal((await run('-S -n')).stdout, '-A -t 192.0.2.1:80 -s wlc\n');
    ip('link del kept1');
  });
});

kernelSuite(import.meta.url, 'saving the table while servers drain', () => {
  const server = '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 0';

  it('prints a notice, and writes rules that restore the original settings of services', async () => {
    for (const [own, draining] of [
      ['-A -t 192.0.2.1:80 -s sh', '-E -t 192.0.2.1:80 -s sh -b sh-fallback,flag-3'],
      ['-A -t 192.0.2.1:80 -s dh', '-E -t 192.0.2.1:80 -s lblc -b flag-3'],
    ] as const) {
      for (const words of ['-C', own, draining]) assert.equal((await run(words)).status, 0);
      assert.equal((await run('-S -n')).stderr, '', 'without a server nothing drains');
      assert.equal((await run(server)).status, 0);
      for (const words of ['-S -n', '-S']) {
        const { stderr } = await run(words);
        assert.equal(stderr, '1 service has servers that are draining: they are saved with weight 0.\n');
      }
      const { stdout } = await run('-S -n');
      assert.match(stdout, /flag-3/);
      assert.equal((await run('-R --sync', stdout)).status, 0);
      assert.deepEqual(await run('-S -n'), { status: 0, stdout: `${own}\n${server}\n`, stderr: '' });
    }
  });
});
