import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { output } from '../../lab/child.ts';
import { kernelSuite } from '../../lab/kernel-suite.ts';
import { findEtcd } from '../etcd/package.ts';
import { type CommandEnd, FleetLab } from './fleet-lab.ts';
import { Random, seedOfRun, timesOf } from './random.ts';
import type { Rules } from './table.ts';

const options = ['--yes', '--bake', '0', '--waves', '50%,100%'];
/** Returns the rules of a rollout, which differ by the weight of the first server. */
const rulesOf = (weight: number): Rules => [{ port: 80, scheduler: 'wlc', weights: { 0: weight, 1: 1 } }];

kernelSuite(
  import.meta.url,
  'a fleet with offline directors, changed clocks, and two drivers',
  () => {
    let lab: FleetLab;
    let weight = 1;

    before(async () => {
      lab = await FleetLab.open();
      succeeded(await rollOut(rulesOf(weight)));
    });
    after(() => lab?.close());

    async function rollOut(rules: Rules, ...args: string[]): Promise<CommandEnd> {
      return lab.run('rollout', String(await lab.publish(rules)), ...options, ...args);
    }

    /** Ends an agent with SIGTERM, and waits until the store shows it as gone. */
    async function leave(name: string): Promise<void> {
      lab.agent(name).kill('SIGTERM');
      await lab.until(`${name} is offline`, ({ alive }) => !alive.has(name));
    }

    it('skips a director that is offline for a whole rollout', async () => {
      await leave('lb3');
      const skipped = await rollOut(rulesOf(++weight), '--offline', 'skip');
      succeeded(skipped);
      assert.match(skipped.output, /lb3: offline/);
      const word = (name: string) =>
        lab.tables().then((tables) => JSON.stringify([...(tables.get(name) ?? [])]));
      assert.match(await word('lb1'), /0A090065:0050 2/);
      assert.match(await word('lb3'), /0A090065:0050 1/);
      const status = await lab.run('status', '--exit-code');
      assert.equal(status.code, 1);
      assert.match(status.output, /^lb3 .*offline/m);

      lab.startAgent('lb3');
      await lab.until('lb3 is online', ({ alive }) => alive.has('lb3'));
      assert.match(await word('lb3'), /0A090065:0050 1/, 'it has no new target');
      succeeded(await rollOut(rulesOf(++weight)));
      await lab.demandTables(rulesOf(weight));
    });

    it('fails a rollout, or waits, for an offline director, as requested', async () => {
      await leave('lb5');
      const failed = await rollOut(rulesOf(weight + 1), '--offline', 'fail');
      assert.equal(failed.code, 1);
      assert.match(failed.output, /lb5: offline/);
      await lab.demandTables(rulesOf(weight));
      succeeded(await lab.run('abort'));

      const waiting = rollOut(rulesOf(++weight), '--offline', 'wait');
      await sleep(3000);
      await lab.demandTables(rulesOf(weight - 1));
      lab.startAgent('lb5');
      succeeded(await waiting);
      await lab.demandTables(rulesOf(weight));
    });

    it('rolls an offline director back when it returns', async () => {
      const check = ['--check', 'test $IPVSADM_FLEET_WAVE != 3'];
      assert.equal((await rollOut(rulesOf(weight + 1), '--waves', '50%,100%', ...check)).code, 1);
      await lab.demandTables(rulesOf(weight + 1));
      await leave('lb4');
      const back = await lab.run('rollback');
      succeeded(back);
      assert.match(back.output, /lb4: offline; it applies its target when it returns/);
      await lab.demandTables(rulesOf(weight), rulesOf(weight + 1));
      lab.startAgent('lb4');
      await lab.untilConverged();
      await lab.demandTables(rulesOf(weight));
    });

    it('completes a rollout in time while all clocks are set back by an hour', async (context) => {
      if (process.env.IPVSADM_LAB === 'host') return context.skip('the lab shares the clock of this machine');
      const begun = performance.now();
      const rollout = rollOut(rulesOf(++weight), '--bake', '3', '--confirm', '60');
      await lab.until('the first wave bakes', ({ rollout: one }) => one?.content.bakingSince !== undefined);
      await setClock(-3600);
      succeeded(await rollout);
      const seconds = (performance.now() - begun) / 1000;
      assert.ok(seconds < 120, `it took ${seconds} s`);
      await lab.demandTables(rulesOf(weight));
      await setClock(3600);
    });

    it('goes back in time while the clock is set back before the revision is confirmed', async (context) => {
      if (process.env.IPVSADM_LAB === 'host') return context.skip('the lab shares the clock of this machine');
      const number = await lab.publish(rulesOf(weight + 1));
      const driver = lab.start(['rollout', String(number), ...options, '--bake', '10', '--confirm', '12']);
      await lab.until(
        'lb1 has the revision',
        ({ reports }) => reports.get('lb1')?.content.applied?.revision === number,
      );
      driver.child.kill('SIGKILL');
      await driver.ended;
      await setClock(-3600);
      await lab.etcd.kill(); // lb1 rolls back without the store
      await sleep(20_000);
      await lab.demandTables(rulesOf(weight));
      lab.etcd.start();
      await setClock(3600);
      await lab.until(
        'lb1 reports that it went back',
        ({ reports }) => reports.get('lb1')?.content.refusal?.code === 'not-confirmed',
        90,
      );
      succeeded(await lab.run('abort'));
    });

    const times = timesOf('IPVSADM_FLEET_RIVALS', 3);
    it(`applies one of two concurrent rollouts (${times} times)`, async (context) => {
      const random = new Random(seedOfRun());
      context.diagnostic(`repeat this with IPVSADM_FLEET_SEED=${random.seed}`);
      for (let round = 0; round < times; round++) {
        const [one, other] = [rulesOf(++weight), rulesOf(++weight)];
        const numbers = [await lab.publish(one), await lab.publish(other)];
        const pause = random.below(1500);
        const [first, second] = await Promise.all([
          lab.run('rollout', String(numbers[0]), ...options),
          sleep(pause).then(() => lab.run('rollout', String(numbers[1]), ...options)),
        ]);
        const ends = [first.code, second.code];
        assert.ok(ends.includes(0), `${first.output}\n${second.output}`);
        for (const { code, output: text } of [first, second])
          if (code !== 0) assert.match(text, /is (active|done)|has changed the rollout meanwhile|has taken/);
        // If the second driver starts after the first has ended, both rollouts are done, one after the other.
        await lab.demandTables(ends[1] === 0 ? other : one);
        weight = ends[1] === 0 ? weight : weight - 1;
      }
    });

    it('resumes a rollout once if two drivers resume it', async () => {
      const number = await lab.publish(rulesOf(++weight + 1));
      const driver = lab.start(['rollout', String(number), ...options]);
      await lab.until(
        'the first director has the revision',
        ({ reports }) => reports.get('lb1')?.content.applied?.revision === number,
      );
      driver.child.kill('SIGKILL');
      await driver.ended;
      const ends = await Promise.all([lab.run('resume', '--yes'), lab.run('resume', '--yes')]);
      assert.ok(
        ends.some(({ code }) => code === 0),
        ends.map((one) => one.output).join('\n'),
      );
      for (const { code, output: text } of ends)
        if (code !== 0) assert.match(text, /has taken over the rollout|no rollout is in progress/);
      await lab.demandTables(rulesOf(weight + 1));
    });

    it('has had no faulty tables', () => lab.demandHistories());
  },
  { fetch: () => findEtcd('3.5'), memory: '1536M' },
);

function succeeded({ code, output: text }: CommandEnd): void {
  assert.equal(code, 0, text);
}

/** Moves the clock of the lab's machine by this many seconds. */
async function setClock(seconds: number): Promise<void> {
  await output('date', ['-s', `@${Math.floor(Date.now() / 1000) + seconds}`]);
}
