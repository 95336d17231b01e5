import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { newMemory } from '../../../src/fleet/agent/memory.ts';
import { parsedRules } from '../../../src/fleet/agent/parsed-rules.ts';
import { StateFolder } from '../../../src/fleet/agent/state-folder.ts';
import { putDocument } from '../../../src/fleet/documents/entries.ts';
import { overrideDocument } from '../../../src/fleet/documents/operator.ts';
import { revisionDocument } from '../../../src/fleet/documents/revision.ts';
import { type Target, targetDocument } from '../../../src/fleet/documents/target.ts';
import { pack, sha256Of } from '../../../src/fleet/revisions/contents.ts';
import { readRevision } from '../../../src/fleet/revisions/read.ts';
import { makeKeys, readPrivateKey, readPublicKey } from '../../../src/fleet/revisions/signature.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { StoreError } from '../../../src/fleet/store/error.ts';
import type { PlanOptions } from '../../../src/rules/plan.ts';
import { keys, publishRules, rulesFor, SimulatedAgent } from '../simulated-agent.ts';
import { InterceptedStore } from '../store/intercepted-store.ts';

let store: InterceptedStore;
let agent: SimulatedAgent;
let time: number;

const now = () => time;

async function order(target: Partial<Target>): Promise<void> {
  const content = { rollout: 'r1', ...target };
  await store.commit({ compares: [], puts: [putDocument(keys.target('lb1'), targetDocument, content)] });
}

async function override(server: string, since = '2026-11-28T22:00:00.000Z'): Promise<void> {
  const mark = { by: 'alice', since, reason: 'broken' };
  await store.commit({ compares: [], puts: [putDocument(keys.override(server), overrideDocument, mark)] });
}

/** Ends an override explicitly, for directors that the order of another store has reached. */
async function end(server: string): Promise<void> {
  const mark = { by: 'alice', since: '2026-11-28T22:00:00.000Z', reason: '', ended: true } as const;
  await store.commit({ compares: [], puts: [putDocument(keys.override(server), overrideDocument, mark)] });
}

function weights(): (number | undefined)[] {
  return ['10.0.0.1 80', '10.0.0.2 80', '10.0.0.3 80'].map((server) =>
    agent.director.weightOf('tcp 192.0.2.1 80', server),
  );
}

async function release(server: string): Promise<void> {
  await store.commit({ compares: [], puts: [], deletes: [keys.override(server)] });
}

function breakStore(): void {
  store.failure = new StoreError('unreachable', 'memory', 'nobody answers');
}

describe('an agent', () => {
  beforeEach(async () => {
    store = new InterceptedStore();
    time = Date.parse('2026-11-28T22:00:00.000Z');
    agent = new SimulatedAgent(store, 'lb1', { now });
    await publishRules(store, rulesFor(3));
    await publishRules(store, rulesFor(2));
  });

  it('does nothing without a target', async () => {
    agent.director.setRules(rulesFor(5));
    const report = await agent.turn();
    assert.equal(report.applied, undefined);
    assert.equal(agent.director.rules(), rulesFor(5));
  });

  it('makes the table what its target says, once', async () => {
    await order({ revision: 1 });
    const report = await agent.turn();
    assert.equal(report.applied?.revision, 1);
    assert.equal(agent.director.rules(), rulesFor(3));
    await agent.turn();
    assert.equal(agent.director.changes, 1);
  });

  it('reports the time since which a revision is applied', async () => {
    await order({ revision: 1 });
    await agent.turn();
    time += 60_000;
    await order({ revision: 2 });
    assert.equal((await agent.turn()).applied?.since, new Date(time).toISOString());
  });

  it('tells what somebody else has changed, and leaves it', async () => {
    await order({ revision: 1 });
    await agent.turn();
    agent.director.setRules(rulesFor(2));
    const { drift } = await agent.turn();
    assert.deepEqual(drift, { commands: 1, excerpt: ['-a -t 192.0.2.1:80 -r 10.0.0.3:80 -m -w 1'] });
    assert.equal(agent.director.rules(), rulesFor(2));
  });

  it('corrects drift on another rollout of the same revision, and not on later turns of this one', async () => {
    await order({ revision: 1 });
    await agent.turn();
    agent.director.setRules(rulesFor(2));
    await agent.turn();
    assert.equal(agent.director.rules(), rulesFor(2));
    const { applied } = agent.report ?? {};
    time += 1000;
    await order({ rollout: 'r2', revision: 1, confirm: 60 });
    const report = await agent.turn();
    assert.equal(agent.director.rules(), rulesFor(3));
    assert.deepEqual([report.applied, report.drift.commands], [applied, 0], 'it is here since it came');
    assert.match(agent.said.at(-2) ?? '', /^revision 1: correcting the table: 1 server added/);
    time += 61_000;
    agent.director.setRules(rulesFor(2));
    assert.equal((await agent.turn()).refusal, undefined, 'there is no other revision to go back to');
    assert.equal(agent.director.rules(), rulesFor(2));
  });

  it('says nothing where another rollout of the same revision has nothing to do', async () => {
    await order({ revision: 1 });
    await agent.turn();
    const { length } = agent.said;
    await order({ rollout: 'r2', revision: 1 });
    await agent.turn();
    assert.deepEqual([agent.director.changes, agent.said.length], [1, length]);
  });

  it('is confirmed, or not, by the last rollout of its revision', async () => {
    await order({ revision: 1 });
    await agent.turn();
    await order({ rollout: 'r2', revision: 2, confirm: 60 });
    await agent.turn();
    time += 50_000;
    await order({ rollout: 'r3', revision: 2, confirm: 60 });
    await agent.turn();
    time += 50_000;
    assert.equal((await agent.turn()).applied?.revision, 2, 'it has the whole time of its own');
    time += 11_000;
    assert.equal((await agent.turn()).refusal?.code, 'not-confirmed');
    assert.equal(agent.director.rules(), rulesFor(3));
  });

  for (const last of [{}, { confirm: 60, confirmed: true }]) {
    it(`is confirmed by another rollout of its revision with ${JSON.stringify(last)}`, async () => {
      await order({ revision: 1 });
      await agent.turn();
      await order({ rollout: 'r2', revision: 2, confirm: 60 });
      await agent.turn();
      await order({ rollout: 'r3', revision: 2, ...last });
      await agent.turn();
      breakStore();
      time += 61_000;
      assert.equal((await agent.turn()).applied?.revision, 2);
    });
  }

  it('carries out what is wanted instead where the time to confirm is over', async () => {
    await order({ revision: 1 });
    await agent.turn();
    await order({ rollout: 'r2', revision: 2, confirm: 60 });
    await agent.turn();
    time += 61_000;
    agent.director.refuses = ({ table }) =>
      [...table.values()][0]?.servers.size === 3 ? 'no memory' : undefined;
    assert.match((await agent.turn()).refusal?.reason ?? '', /^cannot go back: no memory/);
    const third = await publishRules(store, rulesFor(4));
    await order({ rollout: 'r3', revision: third, confirm: 60 });
    assert.equal((await agent.turn()).applied?.revision, third);
    agent.director.refuses = () => undefined;
    time += 61_000;
    await agent.turn();
    assert.equal(agent.director.rules(), rulesFor(3), 'the last ones that were confirmed');
  });

  it('goes back where another revision cannot be fetched when the time to confirm is over', async () => {
    await order({ revision: 1 });
    await agent.turn();
    await order({ rollout: 'r2', revision: 2, confirm: 60 });
    await agent.turn();
    time += 61_000;
    await order({ rollout: 'r3', revision: await publishRules(store, rulesFor(4)) });
    const orders = await agent.read();
    breakStore();
    await agent.turnOn(orders);
    assert.equal(agent.director.rules(), rulesFor(3));
  });

  it('keeps the table where it can no longer read the rules to go back to', async () => {
    await order({ revision: 1 });
    await agent.turn();
    await order({ revision: 2, confirm: 60 });
    await agent.turn();
    const { loadRules } = agent.keeper;
    // As after an upgrade to a stricter parser. The loop below evicts the rules from the cache of parsed rules.
    agent.keeper.loadRules = (sha256) =>
      sha256 === agent.keeper.load()?.previous?.sha256 ? 'nonsense\n' : loadRules.call(agent.keeper, sha256);
    for (let servers = 21; servers < 25; servers++) parsedRules(`${servers}`, rulesFor(servers));
    time += 60_000;
    assert.match((await agent.turn()).refusal?.reason ?? '', /the previous rules are lost/);
    assert.equal(agent.director.rules(), rulesFor(2));
  });

  it('goes back where another revision is refused when the time to confirm is over', async () => {
    await order({ revision: 1 });
    await agent.turn();
    await order({ rollout: 'r2', revision: 2, confirm: 60 });
    await agent.turn();
    time += 61_000;
    await order({ rollout: 'r3', revision: 9 });
    assert.equal((await agent.turn()).refusal?.code, 'not-confirmed');
    assert.equal(agent.director.rules(), rulesFor(3));
  });

  it('puts right what somebody has changed after it went back, too', async () => {
    await order({ revision: 1 });
    await agent.turn();
    await order({ rollout: 'r2', revision: 2, confirm: 60 });
    await agent.turn();
    time += 61_000;
    await agent.turn();
    agent.director.setRules(rulesFor(6));
    await order({ rollout: 'r3', revision: 1 });
    await agent.turn();
    assert.equal(agent.director.rules(), rulesFor(3));
  });

  describe('whose change was broken off', () => {
    /** Kills the process during its next change, which leaves the table as `rules`. Resolves to the change's drain time. */
    async function breakOff(rules: string): Promise<number | undefined> {
      const { director } = agent;
      const { converge } = director;
      let time: number | undefined;
      director.converge = async (_, { drain }) => {
        time = drain;
        director.setRules(rules);
        throw new Error('killed');
      };
      await assert.rejects(agent.turn(), /killed/);
      director.converge = converge;
      agent.kill();
      return time;
    }

    it('finishes it', async () => {
      await order({ revision: 1 });
      await agent.turn();
      await order({ revision: 2 });
      await breakOff(rulesFor(7));
      assert.equal((await agent.turn()).applied?.revision, 2);
      assert.equal(agent.director.rules(), rulesFor(2));
    });

    it('returns to the revision before, where that is wanted again', async () => {
      await order({ revision: 1 });
      await agent.turn();
      await order({ rollout: 'r2', revision: 2 });
      await breakOff(rulesFor(7));
      await order({ revision: 1 });
      assert.equal((await agent.turn()).applied?.revision, 1);
      assert.equal(agent.director.rules(), rulesFor(3));
      const { changes } = agent.director;
      await agent.turn();
      assert.equal(agent.director.changes, changes, 'once');
    });

    for (const [why, code, orderOther] of [
      ['nothing is wanted any more', undefined, () => order({ preview: 2 })],
      ['another revision is refused', 'missing', () => order({ revision: 9 })],
      [
        'the kernel refuses another revision',
        'kernel',
        async () => {
          agent.director.refuses = ({ table }) =>
            [...table.values()][0]?.servers.size === 4 ? 'no memory' : undefined;
          await order({ revision: await publishRules(store, rulesFor(4)) });
        },
      ],
      [
        'the store is another one',
        'other-store',
        async () => {
          store.cluster = 'other';
        },
      ],
    ] as const) {
      it(`returns to the revision before, where ${why}`, async () => {
        await order({ revision: 1 });
        await agent.turn();
        await order({ revision: 2 });
        await breakOff(rulesFor(7));
        await orderOther();
        assert.equal((await agent.turn()).refusal?.code, code);
        await agent.turn();
        assert.equal(agent.director.rules(), rulesFor(3));
        assert.equal(agent.report?.refusal?.code, code);
      });
    }

    it('returns to the table that was there before its first revision', async () => {
      agent.director.setRules(rulesFor(5));
      await order({ revision: 2 });
      await breakOff(rulesFor(7));
      await order({ preview: 2 });
      await agent.turn();
      assert.equal(agent.director.rules(), rulesFor(5));
    });

    it('goes back to the table that was there before, not to the one in between', async () => {
      agent.director.setRules(rulesFor(5));
      await order({ revision: 2, confirm: 60 });
      await breakOff(rulesFor(7));
      await agent.turn();
      time += 61_000;
      await agent.turn();
      assert.equal(agent.director.rules(), rulesFor(5));
    });

    it('leaves the table while the store is gone, as that will say what is wanted', async () => {
      await order({ revision: 1 });
      await agent.turn();
      await order({ revision: 2 });
      await breakOff(rulesFor(7));
      breakStore();
      await agent.turn();
      assert.equal(agent.director.rules(), rulesFor(7));
      store.failure = undefined;
      await agent.turn();
      assert.equal(agent.director.rules(), rulesFor(2));
    });

    it('is not undone for a lock of somebody else, as it is still wanted', async () => {
      await order({ revision: 1 });
      await agent.turn();
      await order({ revision: 2 });
      await breakOff(rulesFor(7));
      const { converge } = agent.director;
      agent.director.converge = async () => ({ kind: 'locked', reason: 'somebody else' });
      assert.equal((await agent.turn()).refusal?.code, 'locked');
      assert.ok(!agent.said.some((sentence) => /interrupted change/.test(sentence)));
      agent.director.converge = converge;
      await agent.turn();
      assert.equal(agent.director.rules(), rulesFor(2));
    });

    it('keeps the table anew before the next first revision', async () => {
      agent.director.setRules(rulesFor(5));
      await order({ revision: 2 });
      await breakOff(rulesFor(7));
      await order({ preview: 2 });
      await agent.turn();
      agent.director.setRules(rulesFor(6));
      await order({ rollout: 'r2', revision: 1, confirm: 60 });
      await agent.turn();
      time += 61_000;
      await agent.turn();
      assert.equal(agent.director.rules(), rulesFor(6));
    });

    it('tries again where it cannot return', async () => {
      await order({ revision: 1 });
      await agent.turn();
      await order({ revision: 2 });
      await breakOff(rulesFor(7));
      await order({ preview: 2 });
      agent.director.refuses = () => 'no memory';
      assert.equal((await agent.turn()).refusal?.reason, 'no memory');
      agent.director.refuses = () => undefined;
      assert.equal((await agent.turn()).refusal, undefined);
      assert.equal(agent.director.rules(), rulesFor(3));
    });

    it('finishes going back, though it is confirmed by then', async () => {
      await order({ revision: 1 });
      await agent.turn();
      await order({ revision: 2, confirm: 60 });
      await agent.turn();
      time += 61_000;
      await breakOff(rulesFor(7));
      await order({ revision: 2, confirm: 60, confirmed: true });
      assert.equal((await agent.turn()).applied?.revision, 2);
      assert.equal(agent.director.rules(), rulesFor(2));
    });

    it('is judged by guards against the table that may stay', async () => {
      agent = new SimulatedAgent(store, 'lb1', { now, options: { guards: { maxRemovals: { count: 1 } } } });
      await order({ revision: 1 });
      await agent.turn();
      await order({ rollout: 'r2', revision: await publishRules(store, rulesFor(7)) });
      await breakOff(rulesFor(6));
      await order({ rollout: 'r3', revision: 1 });
      assert.equal((await agent.turn()).refusal, undefined);
      assert.equal(agent.director.rules(), rulesFor(3));
    });

    describe('where weights are not in the hands of rules', () => {
      const weighed = (...weights: readonly number[]) =>
        weights.reduce(
          (text, weight, at) => text.replace(`${at + 1}:80 -m -w 1`, `${at + 1}:80 -m -w ${weight}`),
          rulesFor(3),
        );

      beforeEach(async () => {
        agent = new SimulatedAgent(store, 'lb1', { now, options: { keepWeights: true } });
        await order({ revision: 1 });
        await agent.turn();
        agent.director.setRules(weighed(0, 5, 7));
        await order({ revision: 2, drain: 3600 });
      });

      for (const [how, target] of [
        ['of the revision before', { revision: 1 }],
        ['before it undoes the change', { preview: 1 }],
      ] as const) {
        it(`gives servers their weights back ${how}`, async () => {
          await breakOff(weighed(0, 5, 0));
          await order(target);
          await agent.turn();
          assert.equal(agent.director.rules(), weighed(0, 5, 7));
        });
      }

      it('remembers them however often the process is killed', async () => {
        for (let ends = 0; ends < 3; ends++) await breakOff(weighed(0, 5, 0));
        await order({ revision: 1 });
        await agent.turn();
        assert.equal(agent.director.rules(), weighed(0, 5, 7));
      });

      it('leaves a weight that somebody has given meanwhile', async () => {
        await breakOff(weighed(0, 5, 3));
        await order({ revision: 1 });
        await agent.turn();
        assert.equal(agent.director.rules(), weighed(0, 5, 3));
      });

      it('gives none to a server that is out of service', async () => {
        await breakOff(weighed(0, 5, 0));
        await override('10.0.0.3');
        await order({ revision: 1 });
        await agent.turn();
        assert.equal(agent.director.rules(), weighed(0, 5, 0));
        await release('10.0.0.3');
        await agent.turn();
        assert.equal(agent.director.rules(), weighed(0, 5, 1));
      });

      it('finishes the change without them', async () => {
        await breakOff(weighed(0, 5, 0));
        const { changes } = agent.director;
        await agent.turn();
        assert.equal(agent.director.rules(), weighed(0, 5, 0).replace(/.*3:80.*\n/, ''));
        assert.equal(agent.director.changes, changes + 1, 'the server gets no connection for a moment');
      });

      it('says why they cannot be given back', async () => {
        await breakOff(weighed(0, 5, 0));
        await order({ revision: 1 });
        const { carryOut } = agent.director;
        agent.director.carryOut = async () => ({ kind: 'locked', reason: 'somebody else' });
        assert.equal((await agent.turn()).refusal?.code, 'locked');
        assert.equal(agent.director.rules(), weighed(0, 5, 0));
        agent.director.carryOut = carryOut;
        await agent.turn();
        assert.equal(agent.director.rules(), weighed(0, 5, 7));
      });
    });

    it('says that it cannot undo the change, where the rules before are lost', async () => {
      await order({ revision: 1 });
      await agent.turn();
      await order({ revision: 2 });
      await breakOff(rulesFor(7));
      await order({ preview: 2 });
      agent.keeper.loseRules();
      assert.match(
        (await agent.turn()).refusal?.reason ?? '',
        /interrupted, but the previous rules are lost/,
      );
      assert.equal(agent.director.rules(), rulesFor(7));
      assert.match((await agent.turn()).refusal?.reason ?? '', /the rules of revision 1, kept/);
    });

    it('does not drain servers for longer than it was told to', async () => {
      await order({ revision: 1, drain: 60 });
      const left = [await breakOff(rulesFor(7))];
      for (const step of [20_000, 50_000, -90_000]) {
        time += step;
        left.push(await breakOff(rulesFor(7)));
      }
      assert.deepEqual(left, [60, 40, 0, 60]);
    });

    it('has nothing to return to after a start of the machine', async () => {
      await order({ revision: 1 });
      await agent.turn();
      await order({ revision: 2 });
      await breakOff(rulesFor(7));
      agent.director.reboot();
      agent.boot = 'boot-2';
      breakStore();
      await agent.turn();
      assert.equal(agent.director.rules(), rulesFor(3));
      agent.director.setRules(rulesFor(1));
      store.failure = undefined;
      await order({ preview: 2 });
      await agent.turn();
      assert.equal(agent.director.rules(), rulesFor(1));
    });
  });

  it('says that the rules which it keeps are lost, until they are rolled out again', async () => {
    await order({ revision: 1 });
    await agent.turn();
    agent.keeper.loseRules();
    const { refusal } = await agent.turn();
    assert.deepEqual([refusal?.code, refusal?.revision], ['missing', 1]);
    await order({ rollout: 'r2', revision: 1 });
    assert.equal((await agent.turn()).refusal, undefined);
  });

  it('keeps the table while the store is gone, also over its own end', async () => {
    await order({ revision: 1 });
    await agent.turn();
    breakStore();
    agent.kill();
    await agent.turn();
    assert.equal(agent.director.rules(), rulesFor(3));
    assert.equal(agent.report?.applied?.revision, 1);
  });

  it('restores the last good revision after the start of the machine, without the store', async () => {
    await order({ revision: 1 });
    await agent.turn();
    breakStore();
    agent.kill();
    agent.director.reboot();
    agent.boot = 'boot-2';
    await agent.turn();
    assert.equal(agent.director.rules(), rulesFor(3));
    agent.director.setRules(rulesFor(1));
    await agent.turn();
    assert.equal(agent.director.rules(), rulesFor(1), 'it restores once only');
  });

  it('tries again where the kernel refuses what it restores', async () => {
    await order({ revision: 1 });
    await agent.turn();
    agent.director.reboot();
    agent.boot = 'boot-2';
    agent.director.refuses = () => 'no such interface';
    assert.equal((await agent.turn()).refusal?.reason, 'no such interface');
    agent.director.refuses = () => undefined;
    assert.equal((await agent.turn()).refusal, undefined);
    assert.equal(agent.director.rules(), rulesFor(3));
  });

  it('refuses a revision that is older, is gone, or has other contents', async () => {
    await order({ revision: 2 });
    await agent.turn();
    await order({ revision: 1 });
    assert.equal((await agent.turn()).refusal?.code, 'older');
    await order({ preview: 1 });
    assert.equal((await agent.turn()).plan?.refusal?.code, 'older');
    await order({ revision: 9 });
    assert.equal((await agent.turn()).refusal?.code, 'missing');
    const third = await publishRules(store, rulesFor(4));
    const { entries } = await store.read(`${keys.root}contents/`);
    for (const { key } of entries)
      await store.commit({ compares: [], puts: [{ key, value: Buffer.from('x') }] });
    await order({ revision: third });
    assert.equal((await agent.turn()).refusal?.code, 'checksum');
    assert.equal(agent.director.rules(), rulesFor(2));
  });

  it('reports a reason that has a line for each of many rules so that the store takes it', async () => {
    const reason = Array.from({ length: 20_000 }, (_, index) => `line ${index + 1}: unknown option`).join(
      '\n',
    );
    agent.director.refuses = () => reason;
    agent.director.problems = [{ problem: reason, services: 20_000 }];
    await order({ revision: 1, preview: 9 });
    await agent.turn();
    const [stored] = (await store.read(keys.report('lb1'))).entries;
    assert.ok(stored && stored.value.length < 5000, `${stored?.value.length} bytes`);
    const { refusal, findings } = (await readFleet(store, keys)).reports.get('lb1')?.content ?? {};
    for (const text of [refusal?.reason, findings?.[0]?.problem])
      assert.match(`${text}`, /^line 1: unknown option\nline 2: .*…$/s);
  });

  it('refuses rules that it cannot read, as those of a newer program, and those without services', async () => {
    await order({ revision: 2 });
    await agent.turn();
    const { revision } = await readRevision(store, keys, 2);
    for (const [rules, code, reason, more] of [
      ['-A -t 192.0.2.1:80 --newer\n', 'rules', /^line 1: /, {}],
      ['', 'empty', /^revision 3 has no services and was not published with --allow-empty$/, {}],
      ['', undefined, /^$/, { allowEmpty: true }],
    ] as const) {
      const { parts, ...packed } = pack(rules);
      const third = { ...revision, ...packed, ...more, number: 3, parts: parts.length };
      const contents = parts.map((value, part) => ({ key: keys.content(packed.packed, part), value }));
      const puts = [...contents, putDocument(keys.revision(3), revisionDocument, third)];
      await store.commit({ compares: [], puts });
      await order({ revision: 3 });
      const { refusal } = await agent.turn();
      assert.equal(refusal?.code, code);
      assert.match(refusal?.reason ?? '', reason);
      assert.equal(agent.director.rules(), refusal ? rulesFor(2) : '');
    }
  });

  it('refuses what it cannot read, and says so', async () => {
    await order({ revision: 2 });
    await agent.turn();
    const value = Buffer.from('{"schema":7,"rollout":"r","revision":1}');
    await store.commit({ compares: [], puts: [{ key: keys.target('lb1'), value }] });
    assert.match((await agent.turn()).refusal?.reason ?? '', /its schema is 7/);
    assert.equal(agent.director.rules(), rulesFor(2));
  });

  it('goes on saying why the table is not as wanted while the store is gone', async () => {
    await order({ revision: 2 });
    await agent.turn();
    await order({ revision: 9 });
    await agent.turn();
    breakStore();
    assert.equal((await agent.turn()).refusal?.code, 'missing');
    assert.equal((await agent.turn()).refusal?.code, 'missing');
    store.failure = undefined;
    await order({ revision: 2 });
    assert.equal((await agent.turn()).refusal, undefined);
    breakStore();
    assert.equal((await agent.turn()).refusal, undefined);
  });

  it('obeys its guards', async () => {
    agent = new SimulatedAgent(store, 'lb1', { now, options: { guards: { maxRemovals: { count: 0 } } } });
    await order({ revision: 1 });
    await agent.turn();
    await order({ revision: 2, preview: 2 });
    const { refusal, plan } = await agent.turn();
    assert.deepEqual([refusal?.code, plan?.refusal?.code], ['guard', 'guard']);
    assert.equal(agent.director.rules(), rulesFor(3));
  });

  it('takes signed revisions only, where it trusts a key', async () => {
    const [{ privateKey, publicKey }, other] = [makeKeys(), makeKeys()];
    agent = new SimulatedAgent(store, 'lb1', { now, trusted: [readPublicKey(Buffer.from(publicKey))] });
    await order({ revision: 2 });
    const { refusal } = await agent.turn();
    assert.deepEqual([refusal?.code, refusal?.reason], ['signature', 'revision 2 is not signed']);
    const wrong = await publishRules(store, rulesFor(2), readPrivateKey(Buffer.from(other.privateKey)));
    await order({ revision: wrong });
    const reason = `revision ${wrong} is not signed by a trusted key`;
    assert.equal((await agent.turn()).refusal?.reason, reason);
    const signed = await publishRules(store, rulesFor(2), readPrivateKey(Buffer.from(privateKey)));
    await order({ revision: signed });
    assert.equal((await agent.turn()).applied?.revision, signed);
  });

  it('does not obey another store, nor one that went back in time, until somebody accepts it', async () => {
    await order({ revision: 1 });
    const backup = store.backup();
    await agent.turn();
    await order({ revision: 2 });
    store.restore(backup);
    store.cluster = '1';
    await agent.turn();
    // The agent cannot notice yet that the store's revision has fallen: it has read no later one.
    await order({ revision: 1 });
    await order({ revision: 1 });
    await agent.turn();
    store.restore(backup);
    store.cluster = '1';
    assert.equal((await agent.turn()).refusal?.code, 'store-went-back');
    for (let n = 0; n < 20; n++) await order({ revision: 2 });
    assert.equal(
      (await agent.turn()).refusal?.code,
      'store-went-back',
      'also once its revisions are higher again',
    );
    agent.accept();
    assert.equal((await agent.turn()).applied?.revision, 2);
    store.cluster = 'other';
    await publishRules(store, rulesFor(1));
    await order({ revision: 3 });
    assert.equal((await agent.turn()).refusal?.code, 'other-store');
    assert.equal(agent.director.rules(), rulesFor(2));
  });

  it('obeys the next rollout of a store that was accepted, whatever its number, and not the one that stood in it', async () => {
    await order({ revision: 1 });
    const backup = store.backup();
    await order({ rollout: 'r2', revision: 2 });
    await order({ rollout: 'r2', revision: 2 });
    await order({ rollout: 'r2', revision: 2 });
    assert.equal((await agent.turn()).applied?.revision, 2);
    store.restore(backup);
    await order({ revision: 1, preview: 1 });
    const refused = await agent.turn();
    assert.deepEqual([refused.refusal?.code, refused.plan?.refusal?.code], ['other-store', 'other-store']);
    agent.accept();
    assert.equal((await agent.turn()).refusal, undefined);
    assert.equal(agent.director.rules(), rulesFor(2));
    const other = await publishRules(store, rulesFor(6));
    await order({ revision: 1, preview: other });
    assert.equal((await agent.turn()).plan?.refusal, undefined);
    await order({ rollout: 'r3', revision: other });
    assert.equal((await agent.turn()).applied?.revision, 3);
    assert.equal(agent.director.rules(), rulesFor(6));
    // From then on, revision numbers are checked again.
    await order({ rollout: 'r4', revision: 2 });
    assert.equal((await agent.turn()).refusal?.code, 'older');
  });

  it('goes back to the table that was there before its first revision, when nobody confirms that', async () => {
    agent.director.setRules(rulesFor(7));
    await order({ revision: 1, confirm: 60 });
    await agent.turn();
    assert.equal(agent.director.rules(), rulesFor(3));
    time += 60_000;
    assert.equal((await agent.turn()).refusal?.code, 'not-confirmed');
    assert.equal(agent.director.rules(), rulesFor(7));
    assert.equal(agent.report?.applied, undefined);
    await agent.turn();
    assert.equal(agent.director.rules(), rulesFor(7));
  });

  it('stays where nobody confirms it and the rules before are lost', async () => {
    await order({ revision: 1 });
    await agent.turn();
    await order({ revision: 2, confirm: 60 });
    await agent.turn();
    agent.keeper.loseRules();
    time += 60_000;
    assert.match((await agent.turn()).refusal?.reason ?? '', /in time, but the previous rules are lost/);
    assert.equal(agent.director.rules(), rulesFor(2));
  });

  it('ignores a confirmation from a store that it does not obey', async () => {
    await order({ revision: 1 });
    await agent.turn();
    await order({ revision: 2, confirm: 60 });
    await agent.turn();
    store.cluster = 'other';
    await order({ revision: 2, confirm: 60, confirmed: true });
    await agent.turn();
    time += 60_000;
    await agent.turn();
    assert.equal(agent.director.rules(), rulesFor(3));
  });

  it('does not take the first store that it sees for a different one', async () => {
    await order({ revision: 2 });
    await agent.turn();
    assert.equal(agent.keeper.load()?.accepted, undefined);
  });

  it('goes back while the store is gone, and says so until it is there again', async () => {
    await order({ revision: 1 });
    await agent.turn();
    await order({ revision: 2, confirm: 60 });
    await agent.turn();
    breakStore();
    time += 60_000;
    for (let turns = 0; turns < 3; turns++) {
      assert.equal((await agent.turn()).refusal?.code, 'not-confirmed');
      assert.equal(agent.director.rules(), rulesFor(3));
    }
    store.failure = undefined;
    assert.equal((await agent.turn()).refusal?.code, 'not-confirmed');
    assert.equal(agent.director.rules(), rulesFor(3));
  });

  it('stays where it was confirmed, also when the store is gone at the end of the time', async () => {
    await order({ revision: 1, confirm: 60 });
    await agent.turn();
    await order({ revision: 1, confirm: 60, confirmed: true });
    await agent.turn();
    breakStore();
    time += 61_000;
    await agent.turn();
    assert.equal(agent.director.rules(), rulesFor(3));
  });

  it('goes back after the start of the machine too', async () => {
    await order({ revision: 1 });
    await agent.turn();
    await order({ revision: 2, confirm: 60 });
    await agent.turn();
    agent.kill();
    agent.director.reboot();
    agent.boot = 'boot-2';
    time += 61_000;
    breakStore();
    await agent.turn();
    assert.equal(agent.director.rules(), rulesFor(3));
  });

  it('takes a server out of service whatever revisions say, and gives it its weight back', async () => {
    await order({ revision: 1 });
    await agent.turn();
    await override('10.0.0.1');
    await agent.turn();
    assert.equal(agent.director.weightOf('tcp 192.0.2.1 80', '10.0.0.1 80'), 0);
    await order({ revision: 2 });
    const { drift, overrides } = await agent.turn();
    assert.equal(agent.director.weightOf('tcp 192.0.2.1 80', '10.0.0.1 80'), 0, 'no rollout puts it back');
    const { entries } = await store.read(keys.override('10.0.0.1'));
    const observed = Number(entries[0]?.modRevision);
    assert.deepEqual(
      [drift.commands, overrides],
      [0, [{ server: '10.0.0.1', observed, servers: 1, connections: 0 }]],
    );
    breakStore();
    await agent.turn();
    assert.equal(agent.director.weightOf('tcp 192.0.2.1 80', '10.0.0.1 80'), 0);
    store.failure = undefined;
    await release('10.0.0.1');
    await agent.turn();
    assert.equal(agent.director.rules(), rulesFor(2));
  });

  it('gives a server its weight back though it was killed as it took that away', async () => {
    await order({ revision: 1 });
    await agent.turn();
    await override('10.0.0.1');
    const { save } = agent.keeper;
    agent.keeper.save = (memory) => {
      if (agent.director.weightOf('tcp 192.0.2.1 80', '10.0.0.1 80') === 0) throw new Error('killed');
      save.call(agent.keeper, memory);
    };
    await assert.rejects(agent.turn(), /killed/);
    agent.keeper.save = save;
    agent.kill();
    await release('10.0.0.1');
    await agent.turn();
    assert.equal(agent.director.rules(), rulesFor(3));
  });

  it('leaves the weights of the table from before its first revision alone', async () => {
    agent.director.setRules(rulesFor(5));
    await override('10.0.0.1');
    await order({ revision: 1, confirm: 60 });
    await agent.turn();
    time += 61_000;
    await agent.turn();
    assert.equal(agent.director.rules(), rulesFor(5));
  });

  it('changes a service once whose scheduler somebody has changed', async () => {
    await order({ revision: await publishRules(store, rulesFor(3, 80, 'sh')) });
    await agent.turn();
    agent.director.setRules(rulesFor(3, 80, 'wlc'));
    await override('10.0.0.1');
    await agent.turn();
    const { changes } = agent.director;
    await agent.turn();
    assert.equal(agent.director.changes, changes);
  });

  it('goes on restoring after a start of the machine where another revision cannot be read', async () => {
    await order({ revision: 1 });
    await agent.turn();
    agent.director.reboot();
    agent.boot = 'boot-2';
    agent.director.refuses = () => 'no memory';
    await order({ rollout: 'r2', revision: 2 });
    const orders = await agent.read();
    breakStore();
    assert.equal((await agent.turnOn(orders)).refusal?.reason, 'no memory');
    agent.director.refuses = () => undefined;
    await agent.turn();
    assert.equal(agent.director.rules(), rulesFor(3));
  });

  it('restores nothing after a start of the machine where another revision was taken instead', async () => {
    await order({ revision: 1 });
    await agent.turn();
    agent.director.reboot();
    agent.boot = 'boot-2';
    agent.director.refuses = ({ table }) =>
      [...table.values()][0]?.servers.size === 3 ? 'no memory' : undefined;
    await agent.turn();
    await order({ rollout: 'r2', revision: 2 });
    assert.equal((await agent.turn()).refusal, undefined);
    agent.director.setRules(rulesFor(1));
    await agent.turn();
    assert.equal(agent.director.rules(), rulesFor(1));
  });

  it('takes a server out of its own services only', async () => {
    const options: PlanOptions = { owns: (service) => service.kind === 'address' && service.port === 80 };
    agent = new SimulatedAgent(store, 'lb1', { now, options });
    await order({ revision: await publishRules(store, rulesFor(3) + rulesFor(3, 81)) });
    await agent.turn();
    await override('10.0.0.1');
    await agent.turn();
    const weightAt = (port: number) => agent.director.weightOf(`tcp 192.0.2.1 ${port}`, '10.0.0.1 80');
    assert.deepEqual([weightAt(80), weightAt(81)], [0, 1]);
    await release('10.0.0.1');
    await agent.turn();
    assert.deepEqual([weightAt(80), weightAt(81)], [1, 1]);
  });

  it('leaves every service a server that takes connections', async () => {
    await order({ revision: 2 });
    await agent.turn();
    await override('10.0.0.1:80');
    // The clock of who orders that is an hour behind.
    await override('10.0.0.2:80', '2026-11-28T21:00:00.000Z');
    const { overrides } = await agent.turn();
    assert.equal(agent.director.weightOf('tcp 192.0.2.1 80', '10.0.0.1 80'), 0);
    assert.equal(agent.director.weightOf('tcp 192.0.2.1 80', '10.0.0.2 80'), 1);
    assert.match(overrides[1]?.refused ?? '', /left with 0 of 2 servers/);
  });

  it('leaves those out of service that are, whatever is ordered later', async () => {
    const options = { guards: { minServers: { count: 2 } } };
    agent = new SimulatedAgent(store, 'lb1', { now, options });
    await order({ revision: 1 });
    await override('10.0.0.1');
    await agent.turn();
    await release('10.0.0.1');
    await override('10.0.0.2');
    await override('10.0.0.1');
    const { overrides } = await agent.turn();
    assert.deepEqual(weights(), [0, 1, 1]);
    assert.deepEqual(
      overrides.map(({ server, refused }) => [server, refused !== undefined]),
      [
        ['10.0.0.1', false],
        ['10.0.0.2', true],
      ],
    );
  });

  it('answers an override once it can change the table', async () => {
    await order({ revision: 1 });
    await agent.turn();
    const { carryOut } = agent.director;
    agent.director.carryOut = async () => ({ kind: 'locked', reason: 'somebody is at it' });
    await override('10.0.0.1');
    assert.deepEqual((await agent.turn()).overrides, []);
    agent.director.carryOut = carryOut;
    assert.equal((await agent.turn()).overrides.length, 1);
    agent.director.carryOut = async () => ({ kind: 'locked', reason: 'somebody is at it' });
    await release('10.0.0.1');
    assert.equal((await agent.turn()).overrides.length, 1, 'it is not back yet');
    await end('10.0.0.1');
    assert.equal((await agent.turn()).overrides[0]?.observed, undefined, 'what has ended is no order');
    agent.director.carryOut = carryOut;
    assert.deepEqual((await agent.turn()).overrides, []);
  });

  it('refuses no override before its first revision', async () => {
    await override('10.0.0.1');
    const { applied, overrides } = await agent.turn();
    assert.deepEqual([applied, overrides], [undefined, []]);
  });

  it('says why it cannot take a server out of service', async () => {
    await order({ revision: 1 });
    await agent.turn();
    agent.director.carryOut = async () => ({ kind: 'kernel', reason: 'no memory' });
    await override('10.0.0.1');
    const { overrides, refusal } = await agent.turn();
    assert.deepEqual([overrides[0]?.refused, refusal?.reason], ['no memory', 'no memory']);
    agent.keeper.loseRules();
    assert.match((await agent.turn()).overrides[0]?.refused ?? '', /are lost$/);
  });

  describe('in a store that has lost an override', () => {
    beforeEach(async () => {
      await order({ revision: 1 });
      const backup = store.backup();
      await override('10.0.0.1');
      await agent.turn();
      store.restore(backup);
      agent.accept();
      await agent.turn();
    });

    it('leaves the server out of service, and says so', async () => {
      assert.deepEqual(weights(), [0, 1, 1]);
      assert.deepEqual(agent.report?.overrides, [{ server: '10.0.0.1', servers: 1, connections: 0 }]);
      assert.equal(agent.report?.drift.commands, 0);
      agent.accept();
      await agent.turn();
      await override('10.0.0.2');
      await agent.turn();
      assert.deepEqual(weights(), [0, 0, 1], 'other orders, and accepting it again, change nothing');
    });

    it('shows in a plan that the next rollout puts it back, which does so', async () => {
      await order({ rollout: 'r2', preview: 1 });
      const { plan } = await agent.turn();
      assert.deepEqual(plan?.excerpt, ['-e -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 1']);
      await order({ rollout: 'r2', revision: 1 });
      const { overrides } = await agent.turn();
      assert.deepEqual([weights(), overrides], [[1, 1, 1], []]);
    });

    it('obeys an order for it from then on', async () => {
      await override('10.0.0.1');
      await agent.turn();
      assert.equal(typeof agent.report?.overrides[0]?.observed, 'number');
      await release('10.0.0.1');
      await agent.turn();
      assert.deepEqual(weights(), [1, 1, 1]);
    });

    it('puts it back where somebody says so', async () => {
      await end('10.0.0.1');
      const { overrides } = await agent.turn();
      assert.deepEqual([weights(), overrides], [[1, 1, 1], []]);
    });
  });

  it('gives a server its weight back by the next rollout in another store, also where rules have no say in weights', async () => {
    agent = new SimulatedAgent(store, 'lb1', { now, options: { keepWeights: true } });
    await order({ revision: 1 });
    await agent.turn();
    const backup = store.backup();
    await override('10.0.0.1');
    await agent.turn();
    store.restore(backup);
    agent.accept();
    await agent.turn();
    assert.deepEqual(weights(), [0, 1, 1]);
    await order({ rollout: 'r2', revision: 1 });
    await agent.turn();
    assert.deepEqual(weights(), [1, 1, 1]);
  });

  it('does not take an order of a backup for news', async () => {
    await order({ revision: 1 });
    await end('10.0.0.1');
    const backup = store.backup();
    await override('10.0.0.1');
    await agent.turn();
    store.restore(backup);
    agent.accept();
    await agent.turn();
    assert.deepEqual(weights(), [0, 1, 1]);
    await end('10.0.0.1');
    await agent.turn();
    assert.deepEqual(weights(), [1, 1, 1]);
  });

  it('holds nothing where the store that was accepted is the one it had', async () => {
    await order({ revision: 1 });
    await override('10.0.0.1');
    await agent.turn();
    await release('10.0.0.1');
    agent.accept();
    await agent.turn();
    assert.deepEqual(weights(), [1, 1, 1]);
  });

  it('holds a server where the store that was accepted has gone back, though its cluster is the same', async () => {
    await order({ revision: 1 });
    const backup = store.backup();
    await override('10.0.0.1');
    await agent.turn();
    const { cluster } = store;
    store.restore(backup);
    store.cluster = cluster;
    agent.accept();
    await agent.turn();
    assert.deepEqual(weights(), [0, 1, 1]);
  });

  describe('while servers drain that a revision removes', () => {
    let drained: string;

    async function breakOff(options: PlanOptions = {}): Promise<void> {
      agent = new SimulatedAgent(store, 'lb1', { now, options });
      await order({ revision: await publishRules(store, rulesFor(3, 80, 'sh')) });
      const without = await publishRules(store, rulesFor(2, 80, 'sh'));
      await agent.turn();
      await override('10.0.0.3');
      await agent.turn();
      // Draining sets the fallback and the weight; it is broken off as something else is wanted.
      drained = agent.director.rules();
      agent.director.converge = async () => ({ kind: 'interrupted' });
      await order({ rollout: 'r2', revision: without });
      await agent.turn();
      assert.equal(agent.director.rules(), drained);
    }

    it('does not give one its weight back, nor take away the fallback of its service', async () => {
      await breakOff();
      await release('10.0.0.3');
      await agent.turn();
      assert.equal(agent.director.rules(), drained);
      await override('10.0.0.2');
      await agent.turn();
      await release('10.0.0.2');
      await agent.turn();
      assert.equal(agent.director.rules(), drained);
    });

    for (const options of [{}, { keepWeights: true }]) {
      it(`gives it its weight back where the change is undone, with ${JSON.stringify(options)}`, async () => {
        await breakOff(options);
        await release('10.0.0.3');
        await agent.turn();
        Reflect.deleteProperty(agent.director, 'converge');
        await order({ rollout: 'r3', revision: agent.report?.applied?.revision ?? 0 });
        await agent.turn();
        assert.deepEqual(weights(), [1, 1, 1]);
        assert.equal(agent.director.rules(), rulesFor(3, 80, 'sh'));
      });
    }
  });

  it('gives clients of a hashing scheduler another server meanwhile', async () => {
    const rules = rulesFor(2, 80, 'sh');
    await order({ revision: await publishRules(store, rules) });
    await agent.turn();
    await override('10.0.0.1');
    const { drift } = await agent.turn();
    assert.match(agent.director.rules(), /-s sh -b sh-fallback,flag-3/);
    assert.equal(drift.commands, 0);
    await release('10.0.0.1');
    await agent.turn();
    assert.equal(agent.director.rules(), rules);
  });
});

describe('the state folder', () => {
  let folder: string;

  beforeEach((t) => {
    folder = mkdtempSync(join(tmpdir(), 'ipvsadm-agent-'));
    if ('after' in t) t.after(() => rmSync(folder, { recursive: true }));
  });

  it('keeps the memory and the rules that it names', () => {
    const keeper = new StateFolder(join(folder, 'state'));
    assert.equal(keeper.load(), undefined);
    const [one, two] = ['one\n', 'two\n'];
    for (const rules of [one, two]) keeper.saveRules(sha256Of(rules), rules);
    const applied = { revision: 1, sha256: sha256Of(one), since: '2026-11-28T22:00:00.000Z' };
    writeFileSync(join(folder, 'state', '.agent.json.77.tmp'), 'of an agent that was killed');
    const others = ['.keep', 'backup.tmp'];
    for (const file of others) writeFileSync(join(folder, 'state', file), 'of somebody else');
    keeper.save({ ...newMemory('b'), applied });
    assert.deepEqual(keeper.load(), { ...newMemory('b'), applied });
    assert.equal(keeper.loadRules(sha256Of(one)), one);
    assert.equal(keeper.loadRules(sha256Of(two)), undefined);
    const files = ['agent.json', `${sha256Of(one)}.rules`, ...others];
    assert.deepEqual(readdirSync(join(folder, 'state')).sort(), files.sort());
  });

  it('is locked for one agent', async () => {
    assert.equal(await new StateFolder(folder).lock(), true);
    assert.equal(await new StateFolder(folder).lock(), false);
    assert.equal(await new StateFolder(join(folder, 'other')).lock(), true);
  });

  it('does not believe rules that somebody has changed, nor a memory that is damaged', () => {
    const keeper = new StateFolder(folder);
    const sha256 = sha256Of('rules');
    keeper.saveRules(sha256, 'rules');
    writeFileSync(join(folder, `${sha256}.rules`), 'others');
    assert.equal(keeper.loadRules(sha256), undefined);
    writeFileSync(join(folder, 'agent.json'), '{"schema":1,');
    assert.throws(
      () => keeper.load(),
      /agent\.json is unreadable: it is not JSON; remove it to start afresh/,
    );
  });
});
