import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError, type StoreErrorCode } from '../../../src/fleet/store/error.ts';
import type { Put, Store } from '../../../src/fleet/store/store.ts';

/** A store under test, whose keys below /fleet/ may be written. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Compacts the store: it forgets all revisions before the current one. */
  compact(): Promise<void>;
  close(): Promise<void>;
}

/** Declares the tests that every writable store passes. */
export function describeStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    let tested: StoreUnderTest;
    let store: Store;
    before(async () => {
      tested = await open();
      store = tested.store;
    });
    after(() => tested?.close());

    it('reads no entries below a path without keys', async () => {
      const { entries, revision, cluster } = await store.read('/fleet/nothing/');
      assert.deepEqual(entries, []);
      assert.ok(revision >= 1n);
      assert.notEqual(cluster, '');
    });

    it('reads back the bytes of a value, with the revision of the change', async () => {
      const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      const { revision } = await put(
        store,
        { key: '/fleet/bytes/ä', value: bytes },
        { key: '/fleet/bytes/empty', value: new Uint8Array() },
      );
      const snapshot = await store.read('/fleet/bytes/');
      assert.equal(snapshot.revision, revision);
      const found = snapshot.entries.map(({ key, value, modRevision }) => [key, [...value], modRevision]);
      assert.deepEqual(found, [
        ['/fleet/bytes/empty', [], revision],
        ['/fleet/bytes/ä', [...bytes], revision],
      ]);
    });

    it('reads all keys below a path that ends in a slash, and one key for any other path', async () => {
      const keys = ['/fleet/p/lb1', '/fleet/p/lb1/x', '/fleet/p/lb10', '/fleet/p0'];
      await put(store, ...keys.map((key) => ({ key, value: text('') })));
      assert.deepEqual(await keysOf(store, '/fleet/p/lb1'), ['/fleet/p/lb1']);
      assert.deepEqual(await keysOf(store, '/fleet/p/lb1/'), ['/fleet/p/lb1/x']);
      assert.deepEqual(await keysOf(store, '/fleet/p/'), keys.slice(0, 3));
    });

    it('commits a transaction only if every condition holds', async () => {
      const [a, b] = ['/fleet/cas/a', '/fleet/cas/b'] as const;
      const first = await store.commit({
        compares: [{ key: a, modRevision: 0n }],
        puts: [a, b].map((key) => ({ key, value: text('1') })),
      });
      assert.equal(first.committed, true);
      const refused = await store.commit({
        compares: [
          { key: a, modRevision: first.revision },
          { key: b, modRevision: 0n },
        ],
        puts: [{ key: a, value: text('2') }],
        deletes: [b],
      });
      assert.deepEqual(refused, { committed: false, revision: first.revision });
      assert.equal((await store.read('/fleet/cas/')).entries.length, 2);
      const second = await store.commit({
        compares: [{ key: a, modRevision: first.revision }],
        puts: [{ key: a, value: text('2') }],
        deletes: [b],
      });
      assert.equal(second.committed, true);
      const { entries, revision } = await store.read('/fleet/cas/');
      assert.equal(revision, second.revision);
      assert.deepEqual(
        entries.map(({ key, value, modRevision }) => [key, String(Buffer.from(value)), modRevision]),
        [[a, '2', second.revision]],
      );
      const absent = await store.commit({ compares: [{ key: b, modRevision: 0n }], puts: [] });
      assert.equal(absent.committed, true);
    });

    it('commits a transaction only if no key of a path was written since a revision', async () => {
      const write = (key: string, unwrittenSince: bigint, path = '/fleet/quiet/') =>
        store.commit({ compares: [{ path, unwrittenSince }], puts: [{ key, value: text('x') }] });
      const { revision } = await store.read('/fleet/quiet/');
      const first = await write('/fleet/quiet/a', revision);
      assert.equal(first.committed, true, 'there is no key yet');
      const late = await write('/fleet/quiet/b', revision);
      assert.deepEqual(late, { committed: false, revision: first.revision });
      await put(store, { key: '/fleet/quiet0', value: text('x') });
      assert.equal(
        (await write('/fleet/quiet/b', first.revision)).committed,
        true,
        'writes outside the path do not count',
      );
      await store.commit({ compares: [], puts: [], deletes: ['/fleet/quiet/b'] });
      assert.equal((await write('/fleet/quiet/c', first.revision)).committed, true, 'removals do not count');
      assert.equal((await write('/fleet/quiet0', first.revision, '/fleet/quiet0')).committed, false);
      assert.deepEqual(await keysOf(store, '/fleet/quiet/'), ['/fleet/quiet/a', '/fleet/quiet/c']);
    });

    it('deletes every key of a path', async () => {
      await put(
        store,
        ...['/fleet/d/a', '/fleet/d/b/c', '/fleet/dd'].map((key) => ({ key, value: text('x') })),
      );
      await store.commit({ compares: [], puts: [], deletes: ['/fleet/d/', '/fleet/never'] });
      assert.deepEqual(await keysOf(store, '/fleet/d/'), []);
      assert.deepEqual(await keysOf(store, '/fleet/dd'), ['/fleet/dd']);
    });

    it('lets one of many concurrent writers win each time', async () => {
      const key = '/fleet/counter';
      const increment = async () => {
        for (;;) {
          const [entry] = (await store.read(key)).entries;
          const count = entry ? Number(Buffer.from(entry.value)) : 0;
          const compares = [{ key, modRevision: entry?.modRevision ?? 0n }];
          const { committed } = await store.commit({
            compares,
            puts: [{ key, value: text(String(count + 1)) }],
          });
          if (committed) return;
        }
      };
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          for (let turn = 0; turn < 4; turn++) await increment();
        }),
      );
      const [entry] = (await store.read(key)).entries;
      assert.equal(String(Buffer.from(entry?.value ?? [])), '32');
    });

    it('reads many keys at one revision while they change', async () => {
      const key = (index: number) => `/fleet/many/${String(index).padStart(5, '0')}`;
      const keys = Array.from({ length: 1200 }, (_, index) => key(index));
      for (let from = 0; from < keys.length; from += 100)
        await put(store, ...keys.slice(from, from + 100).map((name) => ({ key: name, value: text('0') })));
      const writeThree = (count: number) => {
        const value = text(String(count));
        return put(store, ...[key(0), key(600), key(1199)].map((name) => ({ key: name, value })));
      };
      await writeThree(1);
      let done = false;
      const write = async () => {
        for (let count = 2; !done; count++) await writeThree(count);
      };
      const read = async () => {
        try {
          for (let turn = 0; turn < 10; turn++) {
            const { entries } = await store.read('/fleet/many/');
            assert.equal(entries.length, keys.length);
            const revisions = [0, 600, 1199].map((index) => entries[index]?.modRevision);
            assert.equal(new Set(revisions).size, 1);
          }
        } finally {
          done = true;
        }
      };
      await Promise.all([write(), read()]);
    });

    it('reads values of many megabytes', async () => {
      const value = Buffer.alloc(1024 * 1024, 7);
      for (let index = 0; index < 20; index++) await put(store, { key: `/fleet/large/${index}`, value });
      const { entries } = await store.read('/fleet/large/');
      assert.equal(entries.length, 20);
      assert.ok(entries.every((entry) => value.equals(entry.value)));
    });

    it('refuses transactions that are too large, or change a key twice', async () => {
      await refuses(put(store, { key: '/fleet/huge', value: new Uint8Array(2 * 1024 * 1024) }), 'too-large');
      const many = Array.from({ length: 129 }, (_, index) => ({
        key: `/fleet/ops/${index}`,
        value: text(''),
      }));
      await refuses(put(store, ...many), 'too-large');
      const twice = { key: '/fleet/twice', value: text('') };
      await refuses(put(store, twice, twice), 'refused');
      await refuses(store.commit({ compares: [], puts: [twice], deletes: [twice.key] }), 'refused');
      assert.deepEqual(await keysOf(store, '/fleet/twice'), []);
    });

    it('reports a change to a watch, even one from before the watch', async () => {
      const { signal } = new AbortController();
      const { revision } = await put(store, { key: '/fleet/w/a', value: text('1') });
      assert.equal(await store.watch('/fleet/w/', revision, signal, 5000), 'changed');
      assert.equal(await store.watch('/fleet/w/', revision + 1n, signal, 300), 'quiet');
      const watches = [
        store.watch('/fleet/w/', revision + 1n, signal, 5000),
        store.watch('/fleet/w/a', revision + 1n, signal, 5000),
        store.watch('/fleet/w', revision + 1n, signal, 600),
      ];
      await sleep(200);
      await put(store, { key: '/fleet/w/a', value: Buffer.alloc(512 * 1024, 'v') });
      assert.deepEqual(await Promise.all(watches), ['changed', 'changed', 'quiet']);
      const removal = store.watch('/fleet/w/a', (await store.read('/fleet/w/a')).revision + 1n, signal, 5000);
      await store.commit({ compares: [], puts: [], deletes: ['/fleet/w/a'] });
      assert.equal(await removal, 'changed');
    });

    it('ends a watch by its signal', async () => {
      const controller = new AbortController();
      const { revision } = await store.read('/fleet/w/');
      const watch = store.watch('/fleet/w/', revision + 1n, controller.signal, 60_000);
      await sleep(100);
      controller.abort();
      assert.equal(await watch, 'quiet');
      assert.equal(await store.watch('/fleet/w/', revision + 1n, controller.signal, 60_000), 'quiet');
    });

    it('reports that a watched revision was compacted', async () => {
      const { revision } = await put(store, { key: '/fleet/c', value: text('1') });
      await put(store, { key: '/fleet/c', value: text('2') });
      await put(store, { key: '/fleet/c', value: text('3') });
      await tested.compact();
      const { signal } = new AbortController();
      assert.equal(await store.watch('/fleet/c', revision, signal, 5000), 'compacted');
      const present = (await store.read('/fleet/c')).revision;
      assert.equal(await store.watch('/fleet/c', present + 1n, signal, 300), 'quiet');
    });

    it('deletes the keys of a lease when it ends', async () => {
      const lease = await store.grant(60);
      await put(store, { key: '/fleet/l/a', value: text(''), lease });
      assert.equal(await store.keepAlive(lease), true);
      await store.revoke(lease);
      assert.deepEqual(await keysOf(store, '/fleet/l/'), []);
      assert.equal(await store.keepAlive(lease), false);
      await store.revoke(lease);
      await refuses(put(store, { key: '/fleet/l/a', value: text(''), lease }), 'lease-ended');

      const short = await store.grant(2);
      await put(store, { key: '/fleet/l/b', value: text(''), lease: short });
      for (let turn = 0; turn < 6; turn++) {
        await sleep(500);
        assert.equal(await store.keepAlive(short), true);
      }
      assert.deepEqual(await keysOf(store, '/fleet/l/'), ['/fleet/l/b']);
      const end = Date.now() + 10_000;
      while ((await keysOf(store, '/fleet/l/')).length > 0 && Date.now() < end) await sleep(200);
      assert.equal(await store.keepAlive(short), false);
      assert.deepEqual(await keysOf(store, '/fleet/l/'), []);
    });

    it('fails once it is closed', async () => {
      await store.close();
      await refuses(store.read('/fleet/'), 'unreachable');
      await refuses(put(store, { key: '/fleet/x', value: text('') }), 'unreachable');
    });
  });
}

/** Expects a {@link StoreError} with a code. */
export async function refuses(
  promise: Promise<unknown>,
  code: StoreErrorCode,
  message?: RegExp,
): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof StoreError, String(error));
    assert.equal(error.code, code, error.message);
    if (message) assert.match(error.message, message);
    return true;
  });
}

/** Writes keys unconditionally. */
export async function put(store: Store, ...puts: readonly Put[]) {
  const commit = await store.commit({ compares: [], puts });
  assert.equal(commit.committed, true);
  return commit;
}

/** Returns the bytes of a text. */
export function text(value: string): Uint8Array {
  return Buffer.from(value);
}

async function keysOf(store: Store, path: string): Promise<string[]> {
  return (await store.read(path)).entries.map(({ key }) => key);
}
