import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { kernelSuite } from '../../lab/kernel-suite.ts';
import { findEtcd } from '../etcd/package.ts';
import { FleetLab } from './fleet-lab.ts';
import { Random, seedOfRun, timesOf } from './random.ts';
import { type Rules, ruleFile, type ServiceRules } from './table.ts';
import { Visitors } from './visitors.ts';

/** Ports of the services that are always there, and are visited. */
const visited = [80, 443];

/** Kinds of rollouts; three in eight are good. */
const kinds = [
  'good',
  'good',
  'good',
  'found bad later',
  'no scheduler',
  'no interface',
  'bad check',
  'bad check that rolls back',
] as const;

kernelSuite(
  import.meta.url,
  'rollouts to five directors under traffic',
  () => {
    const random = new Random(seedOfRun());
    const rollouts = timesOf('IPVSADM_FLEET_ROLLOUTS', 10);
    let lab: FleetLab;
    let rules = rulesLike(random);

    before(async () => {
      lab = await FleetLab.open();
      const first = await lab.publish(rules);
      const { code, output } = await lab.run('rollout', String(first), '--yes', '--bake', '0');
      assert.equal(code, 0, output);
      await lab.demandTables(rules);
    });
    after(() => lab?.close());

    it(`lose no request in ${rollouts} good and bad rollouts`, async (context) => {
      context.diagnostic(`repeat this with IPVSADM_FLEET_SEED=${random.seed}`);
      const visitors = await Visitors.start(lab, visited);
      const begun = Date.now();
      const done = new Map<string, number>();
      for (let count = 0; count < rollouts; count++) {
        const kind = random.of(kinds);
        done.set(kind, (done.get(kind) ?? 0) + 1);
        const next = rulesLike(random, rules);
        await rollOut(lab, kind, rules, next);
        if (kind === 'good') rules = next;
        await lab.demandTables(rules);
        assert.deepEqual(visitors.failures, []);
      }
      await visitors.end();
      await lab.demandHistories();
      const seconds = (Date.now() - begun) / 1000;
      context.diagnostic(
        `${[...done].map(([kind, times]) => `${times} × ${kind}`).join(', ')}; ${visitors.answered} visits answered in ${seconds.toFixed()} s, ${visitors.failures.length} failed; ${lab.seen} tables in ${lab.recorder.looks} polls`,
      );
      assert.deepEqual(visitors.failures, []);
      assert.ok(visitors.answered > 20 * rollouts, 'there was too little traffic');
      assert.ok(lab.recorder.looks > 50 * rollouts, 'the recorder has read too few tables');
    });
  },
  { fetch: () => findEtcd('3.5'), memory: '1536M' },
);

/** Rolls out one revision, and rolls it back if it is bad. */
async function rollOut(
  lab: FleetLab,
  kind: (typeof kinds)[number],
  before: Rules,
  next: Rules,
): Promise<void> {
  const bad = next.map((service): ServiceRules => ({ ...service, scheduler: 'nosuch' }));
  const extra = kind === 'no interface' ? '--start-daemon backup --mcast-interface beat\n' : '';
  const number = await lab.publish(kind === 'no scheduler' ? bad : next, extra);
  const args = ['rollout', String(number), '--yes', '--bake', '0', '--waves', '50%,100%', '--drain', '5'];
  if (kind.startsWith('bad check')) args.push('--check', 'test $IPVSADM_FLEET_WAVE != 2');
  if (kind === 'bad check that rolls back') args.push('--on-failure', 'rollback');
  const { code, output } = await lab.run(...args);
  assert.equal(code, kind === 'good' || kind === 'found bad later' ? 0 : 1, `${kind}: ${output}`);
  // A rollout without --check prints a warning.
  const isUnjudged = !kind.startsWith('bad check');
  assert.equal(
    output.includes('without --check, the services themselves are not tested'),
    isUnjudged,
    output,
  );
  if (kind === 'good' || kind === 'bad check that rolls back') return;
  await lab.untilAnswered();
  await lab.demandTables(before, next);
  const back = await lab.run('rollback');
  assert.equal(back.code, 0, `${kind}, back: ${back.output}`);
  // A second rollback would bring the bad rules back.
  const again = await lab.run('rollback');
  assert.equal(again.code, 2, again.output);
  assert.match(again.output, /was a rollback to the rules of revision [0-9]+: choose a revision with --to/);
}

/** Returns random rules that differ from `before`: the services that are always there, and one that comes and goes. */
function rulesLike(random: Random, before?: Rules): Rules {
  const service = (port: number): ServiceRules => {
    const weights = Object.fromEntries(
      [0, 1, 2, 3].flatMap((index) => (random.below(3) > 0 ? [[index, random.below(4)] as const] : [])),
    );
    const taker = random.below(4);
    return {
      port,
      scheduler: random.of(['wlc', 'rr', 'wrr']),
      weights: { ...weights, [taker]: 1 + random.below(3) },
    };
  };
  const rules = [...visited.map(service), ...(random.below(2) === 0 ? [service(8080)] : [])];
  return before && ruleFile(rules) === ruleFile(before) ? rulesLike(random, before) : rules;
}
