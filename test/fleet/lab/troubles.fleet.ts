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
  'directors that are away, clocks that are set, and two drivers',
  () => {
    let lab: FleetLab;
    let weight = 1;

    before(async () => {
      lab = await FleetLab.open();
      succeeded(await rollOut(rulesOf(weight)));
    });
    after(() => lab?.close());

    async function rollOut(rules: Rules, ...words: string[]): Promise<CommandEnd> {
      return lab.run('rollout', String(await lab.publish(rules)), ...options, ...words);
    }

    /** Ends an agent with SIGTERM, and waits until the store shows it as gone. */
    async function leave(name: string): Promise<void> {
      lab.agent(name).kill('SIGTERM');
      await lab.until(`${name} is away`, ({ alive }) => !alive.has(name));
    }

    it('a director is away for the whole rollout: it is left out, and has its table', async () => {
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
      await lab.until('lb3 is there', ({ alive }) => alive.has('lb3'));
      assert.match(await word('lb3'), /0A090065:0050 1/, 'nobody has told it anything');
      succeeded(await rollOut(rulesOf(++weight)));
      await lab.demandTables(rulesOf(weight));
    });

    it('a director is away, and the rollout fails or waits, as is wanted', async () => {
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

    it('a director is away while the others go back: it does when it returns', async () => {
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

    it('the clock of all is set back an hour in the middle: nobody waits for it', async (context) => {
      if (process.env.IPVSADM_LAB === 'host') return context.skip('its clock is that of this machine');
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

    it('the clock is set back while a revision waits for being confirmed: it goes back in time', async (context) => {
      if (process.env.IPVSADM_LAB === 'host') return context.skip('its clock is that of this machine');
      const number = await lab.publish(rulesOf(weight + 1));
      const driver = lab.start(['rollout', String(number), ...options, '--bake', '10', '--confirm', '12']);
      await lab.until(
        'lb1 has it',
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
        'lb1 says so',
        ({ reports }) => reports.get('lb1')?.content.refusal?.code === 'not-confirmed',
        90,
      );
      succeeded(await lab.run('abort'));
    });

    const times = timesOf('IPVSADM_FLEET_RIVALS', 3);
    it(`two drivers want two revisions, ${times} times: one of them has its way`, async (context) => {
      const random = new Random(seedOfRun());
      context.diagnostic(`IPVSADM_FLEET_SEED=${random.seed} repeats it`);
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

    it('two resume the same rollout: one goes on, and the other says that it does not', async () => {
      const number = await lab.publish(rulesOf(++weight + 1));
      const driver = lab.start(['rollout', String(number), ...options]);
      await lab.until(
        'the first director has it',
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

    it('no table was seen that must not be', () => lab.demandHistories());
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
