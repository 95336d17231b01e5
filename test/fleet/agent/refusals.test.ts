import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { parseDuration } from '../../../src/cli/fleet/values.ts';
import { putDocument } from '../../../src/fleet/documents/entries.ts';
import { revisionDocument } from '../../../src/fleet/documents/revision.ts';
import { pack } from '../../../src/fleet/revisions/contents.ts';
import { readRevision } from '../../../src/fleet/revisions/read.ts';
import { makeKeys, readPrivateKey, readPublicKey } from '../../../src/fleet/revisions/signature.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { AgentRig } from './agent-rig.ts';

let rig: AgentRig;

describe('an agent, refusing orders', () => {
  beforeEach(async () => {
    rig = await AgentRig.withTwoRevisions();
  });

  it('refuses a revision that is older, is missing, or has a wrong checksum', async () => {
    await rig.obey({ revision: 2 });
    assert.equal((await rig.obey({ revision: 1 })).refusal?.code, 'older');
    assert.equal((await rig.obey({ preview: 1 })).plan?.refusal?.code, 'older');
    assert.equal((await rig.obey({ revision: 9 })).refusal?.code, 'missing');
    const third = await publishRules(rig.store, rulesFor(4));
    const { entries } = await rig.store.read(`${keys.root}contents/`);
    for (const { key } of entries)
      await rig.store.commit({ compares: [], puts: [{ key, value: Buffer.from('x') }] });
    assert.equal((await rig.obey({ revision: third })).refusal?.code, 'checksum');
    assert.equal(rig.director.rules(), rulesFor(2));
  });

  it('truncates a reason and a finding of thousands of lines in its report', async () => {
    const reason = Array.from({ length: 20_000 }, (_, index) => `line ${index + 1}: unknown option`).join(
      '\n',
    );
    rig.director.refuses = () => reason;
    rig.director.problems = [{ problem: reason, services: 20_000 }];
    await rig.obey({ revision: 1, preview: 9 });
    const [stored] = (await rig.store.read(keys.report('lb1'))).entries;
    assert.ok(stored && stored.value.length < 5000, `${stored?.value.length} bytes`);
    const { refusal, findings } = (await readFleet(rig.store, keys)).reports.get('lb1')?.content ?? {};
    for (const text of [refusal?.reason, findings?.[0]?.problem])
      assert.match(`${text}`, /^line 1: unknown option\nline 2: .*…$/s);
  });

  it('refuses rules that it cannot parse, and rules without services unless these are allowed', async () => {
    await rig.obey({ revision: 2 });
    const { revision } = await readRevision(rig.store, keys, 2);
    for (const [rules, code, reason, more] of [
      ['-A -t 192.0.2.1:80 --newer\n', 'rules', /^line 1: /, {}],
      ['', 'empty', /^revision 3 has no services and was not published with --allow-empty$/, {}],
      ['', undefined, /^$/, { allowEmpty: true }],
    ] as const) {
      const { parts, ...packed } = pack(rules);
      const third = { ...revision, ...packed, ...more, number: 3, parts: parts.length };
      const contents = parts.map((value, part) => ({ key: keys.content(packed.packed, part), value }));
      const puts = [...contents, putDocument(keys.revision(3), revisionDocument, third)];
      await rig.store.commit({ compares: [], puts });
      const { refusal } = await rig.obey({ revision: 3 });
      assert.equal(refusal?.code, code);
      assert.match(refusal?.reason ?? '', reason);
      assert.equal(rig.director.rules(), refusal ? rulesFor(2) : '');
    }
  });

  it('refuses a target that it cannot read', async () => {
    await rig.obey({ revision: 2 });
    const value = Buffer.from('{"schema":7,"rollout":"r","revision":1}');
    await rig.store.commit({ compares: [], puts: [{ key: keys.target('lb1'), value }] });
    assert.match((await rig.turn()).refusal?.reason ?? '', /its schema is 7/);
    assert.equal(rig.director.rules(), rulesFor(2));
  });

  it('refuses a target whose times are no times any more', async () => {
    await rig.obey({ revision: 2 });
    const third = await publishRules(rig.store, rulesFor(1));
    for (const field of ['confirm', 'drain', 'previewDrain']) {
      const target = { schema: 1, rollout: 'r2', revision: third, preview: third, [field]: 2 ** 53 - 1 };
      const value = Buffer.from(JSON.stringify(target));
      await rig.store.commit({ compares: [], puts: [{ key: keys.target('lb1'), value }] });
      assert.match((await rig.turn()).refusal?.reason ?? '', new RegExp(`is unreadable: ${field}: `));
    }
    assert.equal(rig.director.rules(), rulesFor(2));
    await rig.obey({ revision: third, confirm: parseDuration('9999999h') });
    assert.equal(rig.director.rules(), rulesFor(1), 'the longest time of a command line is one');
  });

  it('refuses a target that is nested too deeply to be shown', async () => {
    await rig.obey({ revision: 2 });
    const value = Buffer.from(`{"schema":${'['.repeat(200_000)}${']'.repeat(200_000)}}`);
    await rig.store.commit({ compares: [], puts: [{ key: keys.target('lb1'), value }] });
    assert.equal((await rig.turn()).refusal?.code, 'unreadable');
  });

  it('keeps reporting its refusal while the store is unreachable', async () => {
    await rig.obey({ revision: 2 });
    await rig.obey({ revision: 9 });
    rig.breakStore();
    assert.equal((await rig.turn()).refusal?.code, 'missing');
    assert.equal((await rig.turn()).refusal?.code, 'missing');
    rig.store.failure = undefined;
    assert.equal((await rig.obey({ revision: 2 })).refusal, undefined);
    rig.breakStore();
    assert.equal((await rig.turn()).refusal, undefined);
  });

  it('refuses revisions that its guards forbid', async () => {
    rig.replaceAgent({ options: { guards: { maxRemovals: { count: 0 } } } });
    await rig.obey({ revision: 1 });
    const { refusal, plan } = await rig.obey({ revision: 2, preview: 2 });
    assert.deepEqual([refusal?.code, plan?.refusal?.code], ['guard', 'guard']);
    assert.equal(rig.director.rules(), rulesFor(3));
  });

  it('refuses revisions without a signature by a trusted key, if it trusts keys', async () => {
    const [{ privateKey, publicKey }, other] = [makeKeys(), makeKeys()];
    rig.replaceAgent({ trusted: [readPublicKey(Buffer.from(publicKey))] });
    const { refusal } = await rig.obey({ revision: 2 });
    assert.deepEqual([refusal?.code, refusal?.reason], ['signature', 'revision 2 is not signed']);
    const untrusted = await publishRules(
      rig.store,
      rulesFor(2),
      readPrivateKey(Buffer.from(other.privateKey)),
    );
    await rig.order({ revision: untrusted });
    const reason = `revision ${untrusted} is not signed by a trusted key`;
    assert.equal((await rig.turn()).refusal?.reason, reason);
    const signed = await publishRules(rig.store, rulesFor(2), readPrivateKey(Buffer.from(privateKey)));
    assert.equal((await rig.obey({ revision: signed })).applied?.revision, signed);
  });

  it('reads no rules without such a signature, however large somebody has made them', async () => {
    rig.replaceAgent({ trusted: [readPublicKey(Buffer.from(makeKeys().publicKey))] });
    const { read } = rig.store;
    rig.store.read = async function (path) {
      assert.doesNotMatch(path, /contents/);
      return read.call(this, path);
    };
    assert.equal((await rig.obey({ revision: 2 })).refusal?.code, 'signature');
  });
});
