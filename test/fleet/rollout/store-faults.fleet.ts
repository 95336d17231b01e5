import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Rollout, rolloutDocument } from '../../../src/fleet/documents/rollout.ts';
import type { Store, Transaction } from '../../../src/fleet/store/store.ts';
import { type ClusterOptions, EtcdCluster } from '../etcd/cluster.ts';
import type { EtcdMember } from '../etcd/member.ts';
import { type EtcdVersion, etcdVersions } from '../etcd/package.ts';
import { LiveAgent, LiveFleet } from '../live-fleet.ts';
import { rulesFor } from '../simulated-agent.ts';

const names = ['lb1', 'lb2', 'lb3', 'lb4', 'lb5'];
const mates: Record<string, string> = { lb1: 'lb2', lb2: 'lb1', lb3: 'lb4', lb4: 'lb3' };

/** Number of tests that run at a time: they wait more than they compute. */
const concurrency = 3;

describe('a rollout on three members of etcd', { concurrency }, () => {
  for (const version of etcdVersions) rollouts(version);
});

/** A cluster, the operator's client, and a fleet whose directors have the first of two revisions. */
interface Stage {
  readonly cluster: EtcdCluster;
  readonly store: Store;
  readonly fleet: LiveFleet;
}

async function onStage(
  version: EtcdVersion,
  work: (stage: Stage) => Promise<void>,
  options: ClusterOptions & { readonly users?: boolean } = {},
): Promise<void> {
  const { users = false, ...clusterOptions } = options;
  const cluster = await EtcdCluster.start({ version, members: 3, ...clusterOptions });
  if (users) await cluster.turnUsersOn('fleet', '/ipvsadm/');
  const open = () => cluster.open({ timeout: 2000 });
  const store = open();
  const agents = names.map((name) => new LiveAgent(name, 'web', open));
  const fleet = new LiveFleet('web', store, agents);
  try {
    await fleet.start();
    for (const [name, mate] of Object.entries(mates)) await fleet.group(name, `of ${[name, mate].sort()[0]}`);
    await fleet.publish(rulesFor(1));
    assert.equal((await fleet.rollOut(1)).state, 'done');
    await fleet.publish(rulesFor(2));
    await work({ cluster, store, fleet });
    // Every director got the first revision, then the second one, and nothing else.
    for (const { name, director } of agents)
      assert.deepEqual(director.tables, [rulesFor(1), rulesFor(2)], name);
  } finally {
    await fleet.close();
    await store.close();
    await cluster.close();
  }
}

function rollouts(version: EtcdVersion): void {
  it(`completes though the leader dies in each of its phases (${version})`, () =>
    onStage(version, async ({ cluster, store, fleet }) => {
      const phases: string[] = [];
      const withDyingLeader = observed(store, async (transaction, commit) => {
        demandPairsApart(fleet, transaction);
        const phase = phaseOf(transaction);
        if (phases.includes(phase)) return commit();
        phases.push(phase);
        await cluster.ready();
        const leader = await cluster.leader();
        // The leader dies before the transaction, or while it is under way.
        const isBefore = phases.length % 2 === 1;
        if (isBefore) await leader.kill();
        const committing = commit();
        // The outcome is awaited once the leader is dead; until then, a failure must not count as unhandled.
        committing.catch(() => {});
        if (!isBefore) await leader.kill();
        setTimeout(() => leader.start(), 500);
        return committing;
      });
      const { state } = await fleet.rollOut(2, { bake: 1, confirm: 120, check: true }, withDyingLeader);
      await sleep(600);
      assert.equal(state, 'done');
      assert.deepEqual(phases, [
        ...['plans are asked for', 'waves begin', 'directors are told', 'the time to confirm is renewed'],
        ...['a wave bakes', 'a wave was checked', 'a wave is confirmed', 'it is done'],
      ]);
    }));

  it(`continues while a member hangs, even the leader (${version})`, () =>
    onStage(version, async ({ cluster, store, fleet }) => {
      const phases: string[] = [];
      let victim: EtcdMember | undefined;
      const withHangingMember = observed(store, async (transaction, commit) => {
        const phase = phaseOf(transaction);
        if (phases.includes(phase)) return commit();
        phases.push(phase);
        if (phase !== 'directors are told' && phase !== 'a wave bakes') return commit();
        victim?.resume();
        await cluster.ready();
        const leader = await cluster.leader();
        victim = phase === 'directors are told' ? leader : cluster.members.find((one) => one !== leader);
        victim?.pause();
        return commit();
      });
      const { state } = await fleet.rollOut(2, { bake: 1 }, withHangingMember);
      victim?.resume();
      assert.equal(state, 'done');
    }));

  it(`completes though the store is compacted all the time (${version})`, () =>
    onStage(version, async ({ cluster, store, fleet }) => {
      let done = false;
      let compactions = 0;
      const compact = async () => {
        while (!done) {
          const { revision } = await store.read('/nothing');
          await cluster.ctl(['compact', String(revision)], cluster.members.slice(0, 1)).then(
            () => compactions++,
            // Nothing has changed since the last compaction.
            () => {},
          );
          await sleep(20);
        }
      };
      const compacting = compact();
      const { state } = await fleet.rollOut(2, { bake: 1 });
      done = true;
      await compacting;
      assert.equal(state, 'done');
      assert.ok(compactions > 5, String(compactions));
    }));

  it(`completes though every token expires in each of its phases (${version})`, () =>
    onStage(
      version,
      async ({ cluster, store, fleet }) => {
        let changes = 0;
        // Whenever the permissions of a role change, etcd invalidates all tokens that it has issued.
        const changing = observed(store, async (_, commit) => {
          await cluster.ctl(['role', 'grant-permission', 'fleet', 'read', `/more/${++changes}`]);
          return commit();
        });
        // A client without a request for seconds, like an agent while a wave bakes, also has its token expire.
        const { state } = await fleet.rollOut(2, { bake: 4 }, changing);
        assert.equal(state, 'done');
        assert.ok(changes > 5, String(changes));
      },
      { tls: 'mutual', users: true, args: ['--auth-token-ttl', '1'] },
    ));
}

/** Returns the phase that a rollout enters with a transaction. */
function phaseOf(transaction: Transaction): string {
  if (isRenewal(transaction)) return 'the time to confirm is renewed';
  const { phase, state, bakingSince, checked } = rolloutOf(transaction);
  const hasTargets = transaction.puts.some(({ key }) => key.includes('/targets/'));
  if (state === 'done') return 'it is done';
  if (phase === 'preview') return 'plans are asked for';
  if (bakingSince === undefined) return hasTargets ? 'directors are told' : 'waves begin';
  if (!checked) return 'a wave bakes';
  return hasTargets ? 'a wave is confirmed' : 'a wave was checked';
}

function isRenewal({ puts }: Transaction): boolean {
  return puts.some(({ key }) => key.endsWith('/renewal'));
}

function rolloutOf({ puts }: Transaction): Rollout {
  const put = puts.find(({ key }) => key.endsWith('/rollout'));
  assert.ok(put);
  return rolloutDocument.decode(put.key, Buffer.from(put.value).toString());
}

/** Demands that no director gets a new target while the other one of its pair is between two revisions. */
function demandPairsApart({ agents, keys }: LiveFleet, transaction: Transaction): void {
  if (phaseOf(transaction) !== 'directors are told') return;
  const targeted = transaction.puts.flatMap(({ key }) =>
    key.startsWith(keys.targets) ? [key.slice(keys.targets.length)] : [],
  );
  for (const name of targeted) {
    const mate = agents.find((agent) => agent.name === mates[name]);
    assert.ok(!targeted.includes(mate?.name ?? ''), `${name} and ${mate?.name} at once`);
    const observed = mate?.report?.applied?.revision;
    assert.ok(mate === undefined || mate.director.tables.length === observed, `${mate?.name} is changing`);
  }
}

/** Returns a store whose transactions a test intercepts. */
function observed(
  store: Store,
  intercept: (
    transaction: Transaction,
    commit: () => ReturnType<Store['commit']>,
  ) => ReturnType<Store['commit']>,
): Store {
  return {
    name: store.name,
    read: (path) => store.read(path),
    commit: (transaction) =>
      // The presence of the driver is written independently of the rollout.
      transaction.puts.some(({ key }) => key.includes('/drivers/'))
        ? store.commit(transaction)
        : intercept(transaction, () => store.commit(transaction)),
    watch: (...args) => store.watch(...args),
    grant: (seconds) => store.grant(seconds),
    keepAlive: (lease) => store.keepAlive(lease),
    revoke: (lease) => store.revoke(lease),
    close: () => store.close(),
  };
}
