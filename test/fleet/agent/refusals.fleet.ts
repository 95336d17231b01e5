import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { putDocument } from '../../../src/fleet/documents/entries.ts';
import { type Revision, revisionDocument } from '../../../src/fleet/documents/revision.ts';
import { targetDocument } from '../../../src/fleet/documents/target.ts';
import { readRevision } from '../../../src/fleet/revisions/read.ts';
import { withCluster } from '../etcd/cluster.ts';
import { etcdVersions } from '../etcd/package.ts';
import { LiveAgent, LiveFleet } from '../live-fleet.ts';
import { rulesFor } from '../simulated-agent.ts';

describe('revisions that are empty or incomplete', () => {
  for (const version of etcdVersions) {
    it(`change no table (etcd ${version})`, () =>
      withCluster({ version }, async (cluster, store) => {
        const guards = { maxRemovals: { percent: 25 }, minServers: { count: 2 } };
        const open = () => cluster.open();
        const agent = new LiveAgent('lb1', 'web', open, { guards });
        const fleet = new LiveFleet('web', store, [agent]);
        const { keys } = fleet;
        const order = (revision: number) =>
          store.commit({
            compares: [],
            puts: [putDocument(keys.target('lb1'), targetDocument, { rollout: `r${revision}`, revision })],
          });
        const refuses = async (revision: number, code: string) => {
          await order(revision);
          const { refusal } = await agent.once();
          assert.deepEqual([refusal?.code, refusal?.revision], [code, revision], refusal?.reason);
          assert.equal(agent.director.rules(), rulesFor(8));
        };
        await fleet.publish(rulesFor(8));
        await order(1);
        assert.equal((await agent.once()).refusal, undefined);

        await assert.rejects(fleet.publish(''), /the rules have no service/);
        // Half of the servers: more removals than the guard allows.
        await refuses(await fleet.publish(rulesFor(4)), 'guard');
        // No service at all, and no `allowEmpty` in the document.
        const none = await fleet.publish('', true);
        const { allowEmpty: _, ...document } = (await readRevision(store, keys, none)).revision;
        const put = (content: Revision) =>
          store.commit({
            compares: [],
            puts: [putDocument(keys.revision(content.number), revisionDocument, content)],
          });
        await put(document);
        await refuses(none, 'empty');
        const other = await fleet.publish(rulesFor(9));
        const { revision } = await readRevision(store, keys, other);
        // Incomplete contents: half of the part, one of two parts, no part.
        const [part] = (await store.read(keys.contents(revision.packed))).entries;
        assert.ok(part);
        const half = part.value.subarray(0, part.value.length / 2);
        await store.commit({ compares: [], puts: [{ key: part.key, value: half }] });
        await refuses(other, 'checksum');
        await put({ ...revision, parts: 2 });
        await refuses(other, 'checksum');
        await store.commit({ compares: [], puts: [], deletes: [part.key] });
        await refuses(other, 'checksum');
        // Half of the document.
        const [entry] = (await store.read(keys.revision(other))).entries;
        assert.ok(entry);
        const value = entry.value.subarray(0, entry.value.length / 2);
        await store.commit({ compares: [], puts: [{ key: entry.key, value }] });
        await refuses(other, 'unreadable');
        // Half of the target; after the next valid target, the report has no refusal.
        await store.commit({
          compares: [],
          puts: [{ key: keys.target('lb1'), value: Buffer.from('{"schema":1') }],
        });
        assert.equal((await agent.once()).refusal?.code, 'unreadable');
        assert.equal(agent.director.rules(), rulesFor(8));
        await order(1);
        assert.equal((await agent.once()).refusal, undefined);
      }));
  }
});
