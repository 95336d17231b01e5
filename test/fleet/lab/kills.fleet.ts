import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { readRevision } from '../../../src/fleet/revisions/read.ts';
import { kernelSuite } from '../../lab/kernel-suite.ts';
import { findEtcd } from '../etcd/package.ts';
import { FleetLab, kill } from './fleet-lab.ts';
import { type KillPoint, KillProxy, killPoint } from './kill-proxy.ts';
import { fleetPlan } from './layout.ts';
import { Random, seedOfRun, timesOf } from './random.ts';
import { type Rules, ruleFile } from './table.ts';
import { Visitors } from './visitors.ts';

const visited = [80, 443];
const options = ['--yes', '--bake', '0', '--waves', '50%,100%'];

kernelSuite(
  import.meta.url,
  'a fleet with killed drivers and agents',
  () => {
    const random = new Random(seedOfRun());
    let lab: FleetLab;
    let visitors: Visitors;
    let rules = rulesLike(random);

    before(async () => {
      lab = await FleetLab.open();
      const first = await lab.publish(rules);
      const { code, output } = await lab.run('rollout', String(first), ...options);
      assert.equal(code, 0, output);
      visitors = await Visitors.start(lab, visited);
    });
    after(() => lab?.close());

    /** Demands the wanted tables, that no table so far was faulty, and that no visit has failed. */
    async function demandAll(wanted: Rules): Promise<void> {
      await lab.demandTables(wanted);
      await lab.demandHistories();
      assert.deepEqual(visitors.failures, []);
    }

    const drivers = timesOf('IPVSADM_FLEET_DRIVER_KILLS', 4);
    it(`resumes, rolls back or aborts a rollout after its driver was killed (${drivers} times)`, async (context) => {
      context.diagnostic(`repeat this with IPVSADM_FLEET_SEED=${random.seed}`);
      const found = new Map<string, number>();
      let requests = 60;
      for (let life = 0; life < drivers; life++) {
        const next = rulesLike(random, rules);
        const number = await lab.publish(next);
        // The first driver is not killed: it shows how many requests a rollout has.
        const point =
          life === 0
            ? { request: 1e9, when: 'before' as const }
            : killPoint(random, { from: 1, to: requests });
        const proxy = await KillProxy.open(point, () => driver.child.kill('SIGKILL'));
        const driver = lab.start(['rollout', String(number), ...options], { store: proxy.address });
        const { code, output } = await driver.ended;
        await proxy.close();
        if (life === 0) requests = proxy.requests;
        const where = `${JSON.stringify(point)} of ${requests}: ${output}`;
        assert.ok(code === null || code === 0, where);
        const { rollout, targets } = await lab.fleet();
        const updated = [...targets.values()].filter(({ content }) => content.revision === number).length;
        // Directors with a new target apply it even without the driver; the others change nothing.
        await lab.untilAnswered();
        await lab.demandTables(rules, next);
        const state = rollout?.content.revision === number ? rollout.content.state : 'not begun';
        const way = state === 'active' ? random.of(['resume', 'rollback', 'abort'] as const) : state;
        found.set(`${way}, ${updated} updated`, (found.get(`${way}, ${updated} updated`) ?? 0) + 1);
        rules = await continueRollout(way, updated, number, { before: rules, next });
        await demandAll(rules);
        // Nothing that was published is lost.
        assert.match((await readRevision(lab.store, lab.keys, number)).rules, /^-A -t/);
      }
      context.diagnostic(`a rollout has ${requests} requests; ${list(found)}`);
    });

    /** Ends a rollout whose driver was killed. Returns the rules that all directors have afterwards. */
    async function continueRollout(
      way: string,
      updated: number,
      number: number,
      { before: previous, next }: { readonly before: Rules; readonly next: Rules },
    ): Promise<Rules> {
      const succeed = async (...args: string[]) => {
        const { code, output } = await lab.run(...args);
        assert.equal(code, 0, `${way}, ${args.join(' ')}: ${output}`);
      };
      if (way === 'not begun') await succeed('rollout', String(number), ...options);
      else if (way === 'resume') await succeed('resume', '--yes');
      else if (way === 'rollback' && updated > 0) {
        await succeed('rollback');
        return previous;
      } else if (way !== 'done') {
        await succeed('abort');
        if (updated === 0) return previous;
        await succeed('rollout', String(number), ...options);
      }
      return next;
    }

    const agents = timesOf('IPVSADM_FLEET_AGENT_KILLS', 4);
    it(`continues a rollout after an agent was killed and restarted (${agents} times)`, async (context) => {
      const points: KillPoint[] = [];
      for (let life = 0; life < agents; life++) {
        const name = random.of(fleetPlan.directors);
        // From request 8 on, the agent has reported and waits. Some rollouts end before request 20; all reach request 10.
        const point: KillPoint =
          life === 0 ? { request: 10, when: 'after' } : killPoint(random, { from: 8, to: 20 });
        const next = rulesLike(random, rules);
        const number = await lab.publish(next);
        await lab.killAgent(name);
        let isKilled = false;
        const proxy = await KillProxy.open(point, () => {
          isKilled = true;
          void kill(lab.agent(name)).then(() => lab.startAgent(name));
        });
        lab.startAgent(name, { store: proxy.address });
        const { code, output } = await lab.run('rollout', String(number), ...options);
        assert.equal(code, 0, `${name}, ${JSON.stringify(point)}: ${output}`);
        if (isKilled) points.push(point);
        await lab.untilConverged();
        rules = next;
        await demandAll(rules);
        if (!isKilled) {
          await lab.killAgent(name);
          lab.startAgent(name);
        }
        await proxy.close();
      }
      context.diagnostic(
        `${points.length} of ${agents} were killed during a rollout, at requests ${points.map(({ request, when }) => `${request} ${when}`).join(', ')}`,
      );
      assert.ok(points.length > 0);
    });

    it('has lost no request, and has had no faulty tables', async (context) => {
      await visitors.end();
      await lab.demandHistories();
      assert.deepEqual(visitors.failures, []);
      context.diagnostic(
        `${visitors.answered} visits answered; ${lab.seen} tables in ${lab.recorder.looks} polls`,
      );
      assert.ok(visitors.answered > 100);
    });
  },
  { fetch: () => findEtcd('3.5'), memory: '1536M' },
);

/** Returns random rules that differ from `before`. Servers only change their weights, so that nothing has to be drained. */
function rulesLike(random: Random, before?: Rules): Rules {
  const rules = [...visited, 8080]
    .filter((port) => visited.includes(port) || random.below(2) === 0)
    .map((port) => {
      const weights = { 0: random.below(4), 1: random.below(4), 2: random.below(4), 3: random.below(4) };
      return { port, scheduler: 'wlc', weights: { ...weights, [random.below(4)]: 1 + random.below(9) } };
    });
  return before && ruleFile(rules) === ruleFile(before) ? rulesLike(random, before) : rules;
}

function list(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([what, times]) => `${times} × ${what}`).join(', ');
}
