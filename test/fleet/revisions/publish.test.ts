import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { beforeEach, describe, it } from 'node:test';
import { DocumentError } from '../../../src/fleet/documents/document.ts';
import { longestRemark } from '../../../src/fleet/documents/fields.ts';
import { FleetError } from '../../../src/fleet/fleet-error.ts';
import { ContentsError, pack, partSize, unpack } from '../../../src/fleet/revisions/contents.ts';
import { keptRevisions, publish } from '../../../src/fleet/revisions/publish.ts';
import { NoRevisionError, readHistory, readRevision } from '../../../src/fleet/revisions/read.ts';
import { RulesError, readRules, writeRules } from '../../../src/fleet/revisions/rules.ts';
import { isSigned, makeKeys, readPrivateKey, readPublicKey } from '../../../src/fleet/revisions/signature.ts';
import { fleetName, keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { InterceptedStore } from '../store/intercepted-store.ts';

const publication = (rules: string) => ({
  desired: readRules(rules),
  message: 'a change',
  author: 'alice@desk',
  time: '2026-11-28T22:00:00.000Z',
});

let store: InterceptedStore;

describe('publishing', () => {
  beforeEach(() => {
    store = new InterceptedStore();
  });

  it('numbers revisions and stores their rules in canonical form', async () => {
    assert.equal(await publishRules(store, rulesFor(1)), 1);
    assert.equal(await publishRules(store, `# a comment\n${rulesFor(2)}`), 2);
    const { revision, rules } = await readRevision(store, keys, 2);
    assert.equal(rules, rulesFor(2));
    assert.deepEqual(
      [revision.parent, revision.author, revision.services, revision.servers],
      [1, 'tester', 1, 2],
    );
    const history = await readHistory(store, keys);
    assert.deepEqual(
      history.revisions.map(({ number }) => number),
      [1, 2],
    );
    assert.equal(history.head?.content, 2);
  });

  it('creates no new revision for the rules of the latest one', async () => {
    await publishRules(store, rulesFor(1));
    const again = await publish(store, keys, fleetName, publication(rulesFor(1)));
    assert.deepEqual([again.isNew, again.revision.number], [false, 1]);
  });

  it('signs unchanged rules again if they are unsigned or signed with another key', async () => {
    const [wrong, right] = [makeKeys(), makeKeys()].map((pair) =>
      readPrivateKey(Buffer.from(pair.privateKey)),
    );
    assert.equal(await publishRules(store, rulesFor(1)), 1);
    assert.equal(await publishRules(store, rulesFor(1), wrong), 2);
    assert.equal(await publishRules(store, rulesFor(1), right), 3);
    assert.equal(await publishRules(store, rulesFor(1), right), 3, 'it is signed with this key already');
    assert.equal(await publishRules(store, rulesFor(1)), 3, 'the existing signature may stay');
    assert.equal(await publishRules(store, rulesFor(1), wrong), 4);
  });

  it('stores rules that are larger than a request', async () => {
    // Random ports and weights, which gzip cannot compress.
    const noise = randomBytes(5 * 60_000);
    const lines = Array.from({ length: 60_000 }, (_, index) => {
      const port = 1 + (noise.readUInt16LE(5 * index) % 65_000);
      const weight = noise.readUInt16LE(5 * index + 2);
      return `-a -t 192.0.2.1:80 -r 10.${noise[5 * index + 4]}.${index >> 8}.${index & 255}:${port} -m -w ${weight}`;
    });
    const rules = `-A -t 192.0.2.1:80 -s wlc\n${lines.join('\n')}\n`;
    await publishRules(store, rules);
    const { revision, rules: read } = await readRevision(store, keys, 1);
    assert.ok(read === rules);
    assert.ok(revision.bytes > partSize);
  });

  it('splits compressed rules into parts', () => {
    const text = randomBytes(2 * partSize).toString('hex');
    const packed = pack(text);
    assert.ok(packed.parts.length >= 2);
    assert.ok(packed.parts.every(({ length }) => length <= partSize));
    assert.equal(unpack(packed), text);
    const [first, ...others] = packed.parts;
    assert.throws(() => unpack({ ...packed, parts: others }), ContentsError);
    assert.throws(() => unpack({ ...packed, bytes: 10 }), ContentsError);
    assert.throws(() => unpack({ ...packed, sha256: '0'.repeat(64) }), ContentsError);
    assert.ok(first);
  });

  it('refuses to store documents that could not be read again', async () => {
    const message = 'x'.repeat(longestRemark + 1);
    await assert.rejects(
      publish(store, keys, fleetName, { ...publication(rulesFor(1)), message }),
      (error: Error) =>
        error instanceof FleetError && /^this cannot be stored: message: /.test(error.message),
    );
    assert.deepEqual((await readHistory(store, keys)).revisions, []);
  });

  it('fails if another operator publishes meanwhile, and reports who', async () => {
    let isFirst = true;
    store.intercept = async ({ compares }, commit) => {
      if (compares.length > 0 && isFirst) {
        isFirst = false;
        await publishRules(store, rulesFor(3));
      }
      return commit();
    };
    await assert.rejects(
      publish(store, keys, fleetName, publication(rulesFor(2))),
      /tester has published revision 1 meanwhile/,
    );
    assert.equal((await readHistory(store, keys)).revisions.length, 1);
  });

  for (const isDone of [true, false]) {
    for (const lost of ['rules', 'revision']) {
      it(`publishes once though the answer for the ${lost} is lost (${isDone ? 'after' : 'before'} the change)`, async () => {
        const path = lost === 'rules' ? `${keys.root}contents/` : keys.head;
        store.loseAnswer(isDone, ({ puts }) => puts.some(({ key }) => key.startsWith(path)));
        const { revision, isNew } = await publish(store, keys, fleetName, publication(rulesFor(2)));
        assert.deepEqual([revision.number, isNew], [1, true]);
        assert.equal((await readRevision(store, keys, 1)).rules, rulesFor(2));
      });
    }
  }

  it('refuses invalid rules, and reports every such line', () => {
    assert.throws(
      () => readRules('-A -t 192.0.2.1:80 -s wlc\n-L\n-A -t 192.0.2.1:80 -s rr\nfoo\n'),
      (error: Error) =>
        error instanceof RulesError &&
        /line 2: -\S+ is not allowed in a revision/.test(error.message) &&
        /line 3: Service already exists/.test(error.message) &&
        /line 4/.test(error.message),
    );
  });

  it('refuses rules without a service, unless allowEmpty is set', async () => {
    await assert.rejects(publish(store, keys, fleetName, publication('')), /no service/);
    const { revision } = await publish(store, keys, fleetName, { ...publication(''), allowEmpty: true });
    assert.equal(revision.allowEmpty, true);
  });

  it('keeps timeouts and daemons', () => {
    const rules = '--set 100 20 30\n--start-daemon master --mcast-interface eth0 --syncid 3\n';
    assert.equal(writeRules(readRules(rules)), rules);
  });

  it('deletes old revisions, except those of directors', async () => {
    await publishRules(store, rulesFor(1, 1));
    const target = { schema: 1, rollout: 'r', revision: 1 };
    await store.commit({
      compares: [],
      puts: [{ key: keys.target('lb1'), value: Buffer.from(JSON.stringify(target)) }],
    });
    for (let port = 2; port <= keptRevisions + 5; port++) await publishRules(store, rulesFor(1, port));
    const { revisions } = await readHistory(store, keys);
    const numbers = revisions.map(({ number }) => number);
    assert.ok(numbers.length <= keptRevisions + 1);
    assert.ok(numbers.includes(1));
    assert.ok(!numbers.includes(2));
    assert.equal((await readRevision(store, keys, 1)).rules, rulesFor(1, 1));
    const { entries } = await store.read(`${keys.root}contents/`);
    assert.equal(entries.length, numbers.length);
  });
});

describe('reading a revision', () => {
  beforeEach(async () => {
    store = new InterceptedStore();
    await publishRules(store, rulesFor(1));
  });

  const change = async (news: Record<string, unknown>) => {
    const { entries } = await store.read(keys.revision(1));
    const present = JSON.parse(Buffer.from(entries[0]?.value ?? []).toString());
    const value = Buffer.from(JSON.stringify({ ...present, ...news }));
    await store.commit({ compares: [], puts: [{ key: keys.revision(1), value }] });
  };

  it('fails if there is no such revision', async () => {
    await assert.rejects(readRevision(store, keys, 9), NoRevisionError);
  });

  it('refuses a wrong checksum, missing parts, and a wrong number', async () => {
    const { revision } = await readRevision(store, keys, 1);
    await change({ sha256: 'f'.repeat(64) });
    await assert.rejects(readRevision(store, keys, 1), ContentsError);
    await change({ sha256: revision.sha256, parts: 2 });
    await assert.rejects(readRevision(store, keys, 1), /1 of 2 parts/);
    await change({ sha256: revision.sha256, parts: 1, number: 3 });
    await assert.rejects(readRevision(store, keys, 1), ContentsError);
  });

  it('refuses unknown schemas and fields', async () => {
    await change({ schema: 2 });
    await assert.rejects(
      readRevision(store, keys, 1),
      (error: Error) => error instanceof DocumentError && /its schema is 2/.test(error.message),
    );
    await change({ schema: 1, colour: 'blue' });
    await assert.rejects(readRevision(store, keys, 1), DocumentError);
    await store.commit({ compares: [], puts: [{ key: keys.revision(1), value: Buffer.from('{') }] });
    await assert.rejects(readRevision(store, keys, 1), /not JSON/);
  });
});

describe('signatures', () => {
  const { privateKey, publicKey } = makeKeys();
  const key = readPrivateKey(Buffer.from(privateKey));
  const trusted = [readPublicKey(Buffer.from(publicKey))];

  it('cover the fleet, the number and the rules', async () => {
    store = new InterceptedStore();
    await publishRules(store, rulesFor(1), key);
    const { revision } = await readRevision(store, keys, 1);
    assert.ok(isSigned(fleetName, revision, trusted));
    assert.ok(!isSigned('other', revision, trusted));
    assert.ok(!isSigned(fleetName, { ...revision, number: 2 }, trusted));
    assert.ok(!isSigned(fleetName, { ...revision, sha256: 'f'.repeat(64) }, trusted));
    assert.ok(!isSigned(fleetName, { ...revision, allowEmpty: true }, trusted));
    assert.ok(!isSigned(fleetName, { ...revision, signature: undefined }, trusted));
    assert.ok(!isSigned(fleetName, { ...revision, signature: 'AAAA' }, trusted));
    assert.ok(!isSigned(fleetName, revision, [readPublicKey(Buffer.from(makeKeys().publicKey))]));
  });

  it('require keys of the right kind', () => {
    assert.throws(() => readPrivateKey(Buffer.from(publicKey)), /this is not a private key in PEM format/);
    assert.throws(() => readPublicKey(Buffer.from(privateKey)), /use the public one/);
    assert.throws(() => readPublicKey(Buffer.from('nonsense')), /this is not a public key in PEM format/);
  });
});
