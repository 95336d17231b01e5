import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../../../src/fleet/store/error.ts';
import { openStore } from '../../../src/fleet/store/open.ts';
import type { Store } from '../../../src/fleet/store/store.ts';
import { type ClusterOptions, EtcdCluster, withCluster } from '../etcd/cluster.ts';
import type { EtcdMember } from '../etcd/member.ts';
import { etcdVersions } from '../etcd/package.ts';
import { put, refuses, text } from './contract.ts';

const { signal } = new AbortController();

for (const version of etcdVersions) {
  describe(`three members of etcd ${version}`, () => {
    let cluster: EtcdCluster;
    let store: Store;
    const start = async (options: ClusterOptions = {}) => {
      cluster = await EtcdCluster.start({ version, members: 3, ...options });
      store = cluster.open({ timeout: 2000 });
    };
    afterEach(async () => {
      await store?.close();
      await cluster?.close();
    });

    it('lose no change and make none twice when the leader dies repeatedly', async () => {
      await start();
      const counter = new Counter(store);
      const counting = counter.run();
      for (let turn = 0; turn < 3; turn++) {
        await sleep(500);
        const leader = await cluster.leader();
        await leader.kill();
        const before = counter.acknowledged;
        await until(() => counter.acknowledged > before + 5);
        leader.start();
        await cluster.ready();
      }
      counter.stop();
      await counting;
      const value = await counter.value();
      assert.ok(value >= counter.acknowledged, `${value} of ${counter.acknowledged} increments`);
      assert.ok(value <= counter.acknowledged + counter.unknown, `${value} > ${counter.acknowledged}`);
    });

    it('are unreachable without a majority, and reachable again with one', async () => {
      await start();
      const { revision } = await put(store, { key: '/fleet/a', value: text('1') });
      const [first, second, third] = cluster.members as [EtcdMember, EtcdMember, EtcdMember];
      const survivor = openStore(third.clientUrl.replace('http', 'etcd'), { timeout: 2000 });
      const watch = survivor
        .watch('/fleet/a', revision + 1n, signal, 60_000)
        .catch((error: unknown) => error);
      await sleep(200);
      await Promise.all([first.kill(), second.kill()]);
      const begin = Date.now();
      await refuses(store.read('/fleet/a'), 'unreachable');
      assert.ok(Date.now() - begin < 8000, 'it takes at most one timeout per member');
      const change = { key: '/fleet/a', value: text('2') };
      await refuses(put(store, change), 'unreachable');
      // A member without a leader ends the watches on it.
      const ended = await Promise.race([watch, sleep(10_000)]);
      assert.ok(ended instanceof StoreError && ended.code === 'unreachable', String(ended));
      await survivor.close();
      first.start();
      second.start();
      await cluster.ready();
      const snapshot = await store.read('/fleet/a');
      assert.equal(snapshot.revision, revision, 'nothing has changed meanwhile');
      await put(store, change);
    });

    it('are used without one that hangs', async () => {
      await start();
      const leader = await cluster.leader();
      for (const member of cluster.members.toSorted((a, b) => Number(a === leader) - Number(b === leader))) {
        // After more than a second without requests, a change first looks for a member that answers.
        await sleep(1100);
        member.pause();
        const { revision } = await eventually(() =>
          put(store, { key: '/fleet/a', value: text(member.name) }),
        );
        const [entry] = (await store.read('/fleet/a')).entries;
        assert.equal(entry?.modRevision, revision);
        member.resume();
        await cluster.ready();
      }
    });
  });

  describe(`a restored etcd ${version}`, () => {
    it('has a lower revision and another cluster ID', () =>
      withCluster({ version }, async (cluster, store) => {
        const [member] = cluster.members;
        assert.ok(member);
        await put(store, { key: '/fleet/a', value: text('1') });
        const backup = `${cluster.folder}/backup`;
        await cluster.ctl(['snapshot', 'save', backup]);
        for (let turn = 0; turn < 5; turn++) await put(store, { key: '/fleet/a', value: text('2') });
        const before = await store.read('/fleet/a');
        await restore(cluster, member, backup);
        const after = await store.read('/fleet/a');
        assert.equal(String(Buffer.from(after.entries[0]?.value ?? [])), '1');
        assert.ok(after.revision < before.revision);
        assert.notEqual(after.cluster, before.cluster);
        // A revision that this store has not reached is not a change: only the next read shows the restore.
        assert.equal(await store.watch('/fleet/a', before.revision + 1n, signal, 500), 'quiet');
      }));
  });

  describe(`compaction of etcd ${version}`, () => {
    it('interrupts neither an up-to-date watch nor a read of many pages', () =>
      withCluster({ version }, async (cluster, store) => {
        const keys = Array.from(
          { length: 1200 },
          (_, index) => `/fleet/many/${String(index).padStart(5, '0')}`,
        );
        for (let from = 0; from < keys.length; from += 100)
          await put(store, ...keys.slice(from, from + 100).map((key) => ({ key, value: text('0') })));
        const { revision } = await store.read('/fleet/');
        let done = false;
        const compact = async () => {
          while (!done) {
            const change = await put(store, { key: keys[0] ?? '', value: text('1') });
            await cluster.ctl(['compact', String(change.revision)]);
          }
        };
        const read = async () => {
          try {
            for (let turn = 0; turn < 15; turn++)
              assert.equal((await store.read('/fleet/many/')).entries.length, keys.length);
          } finally {
            done = true;
          }
        };
        const disturb = async () => {
          await until(async () => (await watchers(cluster)) > 0);
          await Promise.all([compact(), read()]);
          await put(store, { key: '/fleet/watched', value: text('') });
        };
        const [watched] = await Promise.all([
          store.watch('/fleet/watched', revision + 1n, signal, 20_000),
          disturb(),
        ]);
        assert.equal(watched, 'changed');
      }));
  });
}

/** Increments a number in the store with compare-and-swap transactions, until it is stopped. */
class Counter {
  acknowledged = 0;
  unknown = 0;
  readonly #store: Store;
  #stopped = false;

  constructor(store: Store) {
    this.#store = store;
  }

  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    while (!this.#stopped) await this.#increment().catch((error: unknown) => this.#failed(error));
  }

  async value(): Promise<number> {
    const [entry] = (await this.#store.read('/fleet/counter')).entries;
    return Number(Buffer.from(entry?.value ?? []));
  }

  async #increment(): Promise<void> {
    const [entry] = (await this.#store.read('/fleet/counter')).entries;
    const count = Number(Buffer.from(entry?.value ?? []));
    const { committed } = await this.#store.commit({
      compares: [{ key: '/fleet/counter', modRevision: entry?.modRevision ?? 0n }],
      puts: [{ key: '/fleet/counter', value: text(String(count + 1)) }],
    });
    if (committed) this.acknowledged++;
  }

  #failed(error: unknown): void {
    if (!(error instanceof StoreError)) throw error;
    if (error.code === 'outcome-unknown') this.unknown++;
    else assert.equal(error.code, 'unreachable', error.message);
  }
}

/** Retries while the store does not answer, as during an election. */
async function eventually<Result>(work: () => Promise<Result>): Promise<Result> {
  const end = Date.now() + 20_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const passing = error instanceof StoreError && ['unreachable', 'outcome-unknown'].includes(error.code);
      if (!passing || Date.now() > end) throw error;
      await sleep(100);
    }
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('the condition was not met in time');
    await sleep(50);
  }
}

/** Returns the number of watches on the only member. */
async function watchers({ members: [member] }: EtcdCluster): Promise<number> {
  const metrics = await (await fetch(`${member?.clientUrl}/metrics`)).text();
  return Number(/^etcd_debugging_mvcc_watcher_total (\d+)/m.exec(metrics)?.[1]);
}

/** Restores a backup on a cluster of one member, as the manual says. */
async function restore(cluster: EtcdCluster, member: EtcdMember, backup: string): Promise<void> {
  await member.kill();
  await cluster.restore(member, backup);
  member.start();
  await cluster.ready();
}
