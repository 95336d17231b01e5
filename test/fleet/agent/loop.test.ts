import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent } from '../../../src/fleet/agent/agent.ts';
import { FleetOrders } from '../../../src/fleet/agent/fleet-orders.ts';
import { type RunOptions, runAgent } from '../../../src/fleet/agent/loop.ts';
import type { Machine } from '../../../src/fleet/agent/machine.ts';
import { putDocument } from '../../../src/fleet/documents/entries.ts';
import { type Target, targetDocument } from '../../../src/fleet/documents/target.ts';
import { writeRules } from '../../../src/fleet/revisions/rules.ts';
import { directorsOf } from '../../../src/fleet/status/director-status.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { StoreError } from '../../../src/fleet/store/error.ts';
import { fleetName, keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { MemoryKeeper, SimulatedDirector } from '../simulated-director.ts';
import { InterceptedStore } from '../store/intercepted-store.ts';

let store: InterceptedStore;
let director: SimulatedDirector;
let keeper: MemoryKeeper;
let stop: AbortController;
let said: string[];
let told: string[];
let machine: Machine;
/** Milliseconds by which the clock has been moved. */
let clockStep: number;

function agent(): Agent {
  const now = () => Date.now() + clockStep;
  return {
    orders: new FleetOrders({ store, keys, fleet: fleetName, name: 'lb1', machine, now, stop: stop.signal }),
    director,
    keeper,
    options: {},
    now,
    version: 'test',
    stop: stop.signal,
    log: (sentence) => said.push(sentence),
  };
}

function run(options: Partial<Pick<RunOptions, 'once' | 'boot' | 'onTurn'>> = {}) {
  return runAgent(agent(), {
    boot: 'boot-1',
    once: false,
    accept: false,
    notify: (state) => told.push(state),
    ...options,
  });
}

async function order(revision: number, more: Partial<Target> = {}): Promise<void> {
  const put = putDocument(keys.target('lb1'), targetDocument, { rollout: 'r', revision, ...more });
  await store.commit({ compares: [], puts: [put] });
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    assert.ok(tries < 500, 'this takes too long');
    await sleep(10);
  }
}

describe('the loop of an agent', () => {
  beforeEach(async () => {
    store = new InterceptedStore();
    director = new SimulatedDirector();
    keeper = new MemoryKeeper();
    stop = new AbortController();
    said = [];
    told = [];
    clockStep = 0;
    machine = { id: 'machine-1', host: 'lb1.ams' };
    await publishRules(store, rulesFor(1));
    await publishRules(store, rulesFor(2));
  });

  afterEach(() => stop.abort());

  it('shows that it is there, obeys at once, and is gone when it is told to end', async () => {
    const running = run();
    await until(async () => (await readFleet(store, keys)).alive.has('lb1'));
    assert.deepEqual(told, ['READY=1']);
    await order(2);
    await until(() => director.rules() === rulesFor(2));
    await until(
      async () => (await readFleet(store, keys)).reports.get('lb1')?.content.applied?.revision === 2,
    );
    stop.abort();
    await running;
    assert.equal((await readFleet(store, keys)).alive.size, 0);
    assert.equal(director.rules(), rulesFor(2), 'the table stays');
    assert.deepEqual(told, ['READY=1', 'STOPPING=1']);
  });

  it('says once that the store is gone, and goes on when it is back', async () => {
    await order(1);
    const running = run();
    await until(() => director.rules() === rulesFor(1));
    store.failure = new StoreError('unreachable', 'memory', 'nobody answers');
    store.disturb();
    await until(() =>
      said.some((sentence) => /the table stays as it is: memory: nobody answers/.test(sentence)),
    );
    store.failure = undefined;
    await order(2);
    await until(async () => {
      await sleep(50);
      return director.rules() === rulesFor(2);
    });
    assert.equal(said.filter((sentence) => /stays as it is/.test(sentence)).length, 1);
    stop.abort();
    await running;
  });

  it('says why the store is gone again where that is another reason', async () => {
    const running = run();
    for (const reason of ['nobody answers', 'the certificate has expired']) {
      store.failure = new StoreError('unreachable', 'memory', reason);
      store.disturb();
      await until(() => said.some((sentence) => sentence.endsWith(reason)));
    }
    stop.abort();
    await running;
    assert.deepEqual(
      said.map((sentence) => sentence.replace(/^.*: /, '')),
      ['nobody answers', 'the certificate has expired'],
    );
  });

  describe('takes up soon again what the store has failed at in the midst of a turn:', () => {
    const gone = new StoreError('unreachable', 'memory', 'nobody answers');
    const reported = async () => (await readFleet(store, keys)).reports.get('lb1')?.content;
    let running: Promise<unknown>;

    /** Makes the next reads of revision 2 fail. */
    function failReads(times: number): void {
      const { read } = store;
      store.read = (path) => {
        if (path !== keys.revision(2) || times-- <= 0) return read.call(store, path);
        return Promise.reject(gone);
      };
    }

    beforeEach(async () => {
      await order(1);
      running = run();
      await until(async () => (await reported())?.applied?.revision === 1);
      said = [];
    });

    afterEach(async () => {
      stop.abort();
      await running;
    });

    it('the rules, and says meanwhile why the table is the old one', async () => {
      failReads(2);
      await order(2);
      await until(() => said.length > 0);
      await sleep(4000);
      await until(() => director.rules() === rulesFor(2));
      await until(() => said.length === 4);
      assert.deepEqual(said, [
        'the table stays as it is: memory: nobody answers',
        'revision 2: changing the table: 1 server added',
        'revision 2: done',
        'the store can be used again',
      ]);
    });

    it('the rules for a plan', async () => {
      failReads(1);
      await order(1, { preview: 2 });
      await sleep(1000);
      await until(async () => (await reported())?.plan?.revision === 2);
    });

    it('the report', async () => {
      let lost = 0;
      store.intercept = ({ puts }, commit) => {
        if (lost > 0 || !puts.some(({ key }) => key === keys.report('lb1'))) return commit();
        lost++;
        return Promise.reject(new StoreError('outcome-unknown', 'memory', 'the answer was lost'));
      };
      await order(2);
      await until(() => lost === 1);
      await sleep(1000);
      await until(async () => (await reported())?.applied?.revision === 2);
    });
  });

  it('tells where it looks once whether the store has failed in the midst of it', async () => {
    await order(1);
    let contact: number | undefined;
    const onTurn = (_: unknown, last: number | undefined) => {
      contact = last;
    };
    const { read } = store;
    store.read = (path) =>
      path === keys.revision(1)
        ? Promise.reject(new StoreError('unreachable', 'memory', 'nobody answers'))
        : read.call(store, path);
    await run({ once: true, onTurn });
    assert.equal(contact, undefined);
    store.read = read;
    store.intercept = () => Promise.reject(new StoreError('forbidden', 'memory', 'permission denied'));
    await run({ once: true, onTurn });
    assert.equal(contact, undefined);
    store.intercept = (_, commit) => commit();
    await run({ once: true, onTurn });
    assert.ok(contact !== undefined);
  });

  it('says why the store does not take its report, unless it is only gone', async () => {
    for (const [code, sentences] of [
      ['no-space', ['cannot report: memory: it is full']],
      ['unreachable', []],
    ] as const) {
      said = [];
      store.intercept = async () => {
        throw new StoreError(code, 'memory', 'it is full');
      };
      await run({ once: true });
      assert.deepEqual(said, sentences);
    }
  });

  it('says once that somebody else has changed the table', async () => {
    await order(1);
    await run({ once: true });
    director.setRules(rulesFor(4));
    said = [];
    const running = run();
    const look = () => store.disturb();
    await until(() => said.length === 1);
    for (let looks = 0; looks < 3; looks++) {
      look();
      await sleep(30);
    }
    stop.abort();
    await running;
    assert.deepEqual(said, [
      'the table has drifted from revision 1; to correct it: -d -t 192.0.2.1:80 -r 10.0.0.2:80, and 2 more commands',
    ]);
  });

  it('says that the rules are lost which it should restore after a start of the machine', async () => {
    await order(1);
    await run({ once: true });
    director.reboot();
    keeper.loseRules();
    store.failure = new StoreError('unreachable', 'memory', 'nobody answers');
    said = [];
    await run({ once: true, boot: 'boot-2' });
    assert.equal(said[0], 'refused, the table is unchanged: the rules of revision 1 are lost');
  });

  it('restores the table of a machine that has started before it asks the store', async () => {
    await order(1);
    await run({ once: true });
    director.reboot();
    const read = store.read.bind(store);
    store.read = (path) => {
      assert.equal(director.rules(), rulesFor(1), 'it asked the store first');
      return read(path);
    };
    await run({ once: true, boot: 'boot-2' });
  });

  describe('while servers drain', () => {
    let drains: number;
    let wanted: string;

    beforeEach(async () => {
      drains = 0;
      const { converge } = director;
      director.converge = (desired, options) => {
        if (!options.drain) return converge.call(director, desired, options);
        drains++;
        wanted = writeRules(desired);
        director.setRules(rulesFor(7));
        return new Promise((resolve) => {
          options.stop?.addEventListener('abort', () => resolve({ kind: 'interrupted' }));
        });
      };
      await order(1);
    });

    for (const [what, servers] of [
      ['another revision', 4],
      ['another rollout of the same revision', 2],
    ] as const) {
      it(`obeys ${what} at once`, async () => {
        const running = run();
        await until(() => director.rules() === rulesFor(1));
        await order(2, { rollout: 'r2', drain: 3600 });
        await until(() => drains === 1);
        await order(await publishRules(store, rulesFor(servers)), { rollout: 'r3' });
        await until(() => director.rules() === rulesFor(servers));
        stop.abort();
        await running;
      });
    }

    it('takes a server out of service, and goes on', async () => {
      const running = run();
      await until(() => director.rules() === rulesFor(1));
      await order(2, { rollout: 'r2', drain: 3600 });
      await until(() => drains === 1);
      const value = '{"schema":1,"by":"x","since":"2026-11-28T22:00:00.000Z","reason":""}';
      const puts = [{ key: keys.override('10.0.0.1'), value: Buffer.from(value) }];
      await store.commit({ compares: [], puts });
      await until(() => drains === 2);
      assert.match(wanted, /-r 10\.0\.0\.1:80 -m -w 0\n/);
      stop.abort();
      await running;
    });

    it('goes on draining after another drain though the clock was set forward meanwhile', async () => {
      const running = run();
      await until(() => director.rules() === rulesFor(1));
      await order(2, { rollout: 'r2', drain: 3600 });
      await until(() => drains === 1);
      clockStep = 7200_000;
      const value = '{"schema":1,"by":"x","since":"2026-11-28T22:00:00.000Z","reason":""}';
      const puts = [{ key: keys.override('10.0.0.1'), value: Buffer.from(value) }];
      await store.commit({ compares: [], puts });
      await until(() => drains === 2);
      stop.abort();
      await running;
    });

    it('reports what it has been asked for, without haste', async () => {
      const running = run();
      await until(() => director.rules() === rulesFor(1));
      await order(2, { rollout: 'r2', drain: 3600 });
      await until(() => drains === 1);
      const report = async () => (await readFleet(store, keys)).reports.get('lb1')?.content;
      await until(async () => (await report())?.changing === 2);
      let reads = 0;
      const { read } = store;
      store.read = (path) => {
        reads++;
        return read.call(store, path);
      };
      const third = await publishRules(store, rulesFor(3));
      await order(2, { rollout: 'r2', drain: 3600, preview: third });
      await until(async () => (await report())?.plan?.revision === third);
      const { drift, applied, changing } = (await report()) ?? {};
      assert.deepEqual([drift?.commands, applied?.revision], [0, 1], 'what differs is its own doing');
      assert.equal(changing, 2);
      const [status] = directorsOf(await readFleet(store, keys));
      assert.deepEqual(status?.remarks, [{ kind: 'waiting', text: 'draining servers for revision 2' }]);
      const before = reads;
      await sleep(500);
      assert.ok(reads - before < 5, `${reads - before} reads`);
      assert.equal(drains, 1);
      let reports = 0;
      store.intercept = ({ puts }, commit) => {
        if (puts.some(({ key }) => key === keys.report('lb1'))) reports++;
        return commit();
      };
      const ended = '{"schema":1,"by":"x","since":"2026-11-28T22:00:00.000Z","reason":"","ended":true}';
      const looked = reads;
      await store.commit({
        compares: [],
        puts: [{ key: keys.override('10.0.0.9'), value: Buffer.from(ended) }],
      });
      await until(() => reads > looked);
      await sleep(50);
      assert.equal(reports, 0, 'it has nothing new to say');
      stop.abort();
      await running;
    });

    it('shows what differs from a revision that is there already', async () => {
      const running = run();
      await until(() => director.rules() === rulesFor(1));
      await order(1, { rollout: 'r2', drain: 3600 });
      director.setRules(rulesFor(5));
      await until(() => drains === 1);
      const report = async () => (await readFleet(store, keys)).reports.get('lb1');
      const { modRevision = 0n } = (await readFleet(store, keys)).targets.get('lb1') ?? {};
      await until(async () => BigInt((await report())?.content.observed ?? 0) >= modRevision);
      assert.equal((await report())?.content.drift.commands, 6, 'no gate takes that for converged');
      stop.abort();
      await running;
    });

    it('sends a report again that one from the midst of a change has overwritten', async () => {
      const { converge } = director;
      director.converge = async (desired, options) => {
        if (!options.drain) return converge.call(director, desired, options);
        await sleep(1300);
        return { kind: 'locked', reason: 'another rollout is under way' };
      };
      await order(2, { rollout: 'r2', drain: 3600 });
      const refusal = async () => (await readFleet(store, keys)).reports.get('lb1')?.content.refusal;
      for (let turns = 0; turns < 2; turns++) {
        await run({ once: true });
        assert.equal((await refusal())?.code, 'locked');
      }
      const running = run();
      // Long enough for the second or third turn to be the last.
      await sleep(4500);
      stop.abort();
      await running;
      assert.equal((await refusal())?.code, 'locked');
    });

    it('does not ask without end for what it cannot read', async () => {
      const running = run();
      await until(() => director.rules() === rulesFor(1));
      await order(2, { rollout: 'r2', drain: 3600 });
      await until(() => drains === 1);
      await store.commit({
        compares: [],
        puts: [{ key: keys.target('lb1'), value: Buffer.from('{"schema":9}') }],
      });
      let reads = 0;
      const { read } = store;
      store.read = async (path) => {
        reads++;
        await sleep(1);
        return read.call(store, path);
      };
      await sleep(1500);
      assert.ok(reads < 10, `${reads} reads`);
      stop.abort();
      await running;
    });

    it('shows that the agent is alive from the beginning', async () => {
      await run({ once: true });
      await order(2, { rollout: 'r2', drain: 3600 });
      const running = run();
      await until(() => drains === 1);
      await until(async () => (await readFleet(store, keys)).alive.has('lb1'));
      stop.abort();
      await running;
      assert.equal((await readFleet(store, keys)).alive.size, 0);
    });

    it('goes on where what is wanted instead is refused', async () => {
      const running = run();
      await until(() => director.rules() === rulesFor(1));
      await order(2, { rollout: 'r2', drain: 3600 });
      await until(() => drains === 1);
      await order(9, { rollout: 'r3' });
      await sleep(200);
      assert.deepEqual([drains, director.rules()], [1, rulesFor(7)]);
      stop.abort();
      await running;
    });

    it('keeps draining while the store is gone, and ends when it is told to', async () => {
      const running = run();
      await until(() => director.rules() === rulesFor(1));
      await order(2, { rollout: 'r2', drain: 3600 });
      await until(() => drains === 1);
      store.failure = new StoreError('unreachable', 'memory', 'nobody answers');
      store.disturb();
      await sleep(100);
      assert.equal(drains, 1);
      store.failure = undefined;
      await order(2, { rollout: 'r2', drain: 3600, confirmed: true });
      await sleep(100);
      assert.equal(drains, 1, 'nothing else is wanted');
      stop.abort();
      await running;
      assert.equal(director.rules(), rulesFor(7));
    });
  });

  it('retries a refused rollback slowly, and logs it once', async () => {
    await order(1);
    await run({ once: true });
    await order(2, { rollout: 'r2', confirm: 1 });
    await run({ once: true });
    let tries = 0;
    director.refuses = () => {
      tries++;
      return 'no memory';
    };
    said = [];
    const running = run();
    await until(() => tries === 1);
    for (let looks = 0; looks < 3; looks++) {
      store.disturb();
      await sleep(50);
    }
    stop.abort();
    await running;
    assert.ok(tries <= 4, `${tries} tries`);
    assert.deepEqual(said, [
      'revision 2: not confirmed within 1 s, going back',
      'refused, the table is unchanged: cannot go back: no memory',
    ]);
  });

  it('does not send a report again that says the same', async () => {
    let reports = 0;
    store.intercept = ({ puts }, commit) => {
      if (puts.some(({ key }) => key === keys.report('lb1'))) reports++;
      return commit();
    };
    const running = run();
    await until(() => reports === 1);
    // Another key changes, which makes the agent take a turn.
    await store.commit({
      compares: [],
      puts: [
        {
          key: keys.override('not-a-server'),
          value: Buffer.from('{"schema":1,"by":"x","since":"2026-11-28T22:00:00.000Z","reason":""}'),
        },
      ],
    });
    await sleep(300);
    assert.equal(reports, 1);
    stop.abort();
    await running;
  });

  it('reports itself again where its keys were removed', async () => {
    const running = run();
    const isKnown = async () => {
      const { alive, reports } = await readFleet(store, keys);
      return alive.has('lb1') && reports.has('lb1');
    };
    await until(isKnown);
    await store.commit({ compares: [], puts: [], deletes: [keys.report('lb1'), keys.presence('lb1')] });
    await order(1);
    await until(isKnown);
    stop.abort();
    await running;
  });

  for (const [how, step] of [
    ['back', -3600_000],
    ['forward', 3600_000],
  ] as const) {
    it(`waits for being confirmed neither longer nor shorter when the clock is set ${how}`, async () => {
      await order(1);
      const running = run();
      await until(() => director.rules() === rulesFor(1));
      await order(2, { confirm: 1 });
      await until(() => director.rules() === rulesFor(2));
      const begun = performance.now();
      clockStep = step;
      store.disturb();
      await until(() => director.rules() === rulesFor(1));
      const seconds = (performance.now() - begun) / 1000;
      assert.ok(seconds > 0.8 && seconds < 1.8, `it went back after ${seconds} s`);
      stop.abort();
      await running;
    });
  }

  it('waits the whole time to confirm where the clock is set back during a change', async () => {
    await order(1);
    const running = run();
    await until(() => director.rules() === rulesFor(1));
    const { converge } = director;
    director.converge = (desired, options) => {
      clockStep = -3600_000;
      return converge.call(director, desired, options);
    };
    await order(2, { confirm: 30 });
    await until(() => director.rules() === rulesFor(2));
    await sleep(700);
    assert.equal(director.rules(), rulesFor(2));
    stop.abort();
    await running;
  });

  it('waits for being confirmed at most the whole time after a start with the clock set back', async () => {
    await order(1);
    await run({ once: true });
    await order(2, { confirm: 1 });
    await run({ once: true });
    clockStep = -3600_000;
    const running = run();
    await until(() => director.rules() === rulesFor(1));
    stop.abort();
    await running;
  });
});
