import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { setImmediate as settle } from 'node:timers/promises';
import { FleetOrders } from '../../../src/fleet/agent/fleet-orders.ts';
import { newMemory } from '../../../src/fleet/agent/memory.ts';
import { putDocument } from '../../../src/fleet/documents/entries.ts';
import { reportDocument } from '../../../src/fleet/documents/report.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { StoreError } from '../../../src/fleet/store/error.ts';
import { fleetName, keys } from '../simulated-agent.ts';
import { reportOf } from '../status/reports.ts';
import { InterceptedStore } from '../store/intercepted-store.ts';

let store: InterceptedStore;
/** Milliseconds since 1970. */
let time: number;
let isHealthy: boolean;
let agents: FleetOrders[];

/** Starts an agent of the director lb1 on a machine. */
async function start(machine: string): Promise<FleetOrders> {
  const stop = new AbortController().signal;
  const membership = { store, keys, fleet: fleetName, name: 'lb1', now: () => time, stop };
  const agent = new FleetOrders({ ...membership, machine: { id: machine, host: `${machine}.example.net` } });
  agents.push(agent);
  await agent.begin(() => isHealthy);
  return agent;
}

/** Returns why an agent obeys no orders. */
async function troubleOf(agent: FleetOrders): Promise<string | undefined> {
  return (await agent.read(newMemory('boot-1'))).trouble;
}

/** Lets time go by, in which agents renew their leases. */
async function elapse(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    time += 1000;
    store.disturb();
    mock.timers.tick(1000);
    for (let round = 0; round < 10; round++) await settle();
  }
}

async function isAlive(): Promise<boolean> {
  return (await readFleet(store, keys)).alive.has('lb1');
}

beforeEach(() => {
  mock.timers.enable({ apis: ['setInterval'] });
  time = Date.parse('2026-11-28T22:00:00.000Z');
  store = new InterceptedStore();
  store.now = () => time;
  isHealthy = true;
  agents = [];
});

afterEach(async () => {
  for (const agent of agents) await agent.end();
  mock.timers.reset();
});

describe('two directors with the same name', () => {
  it('are one that obeys and one that does not, and reports the other one', async () => {
    const first = await start('ams');
    const second = await start('fra');
    assert.equal(await troubleOf(first), undefined);
    const { view, overrides } = await second.read(newMemory('boot-1'));
    assert.deepEqual([view, overrides], [{ kind: 'unreachable' }, undefined]);
    assert.match(
      `${await troubleOf(second)}`,
      /^the name lb1 is used by another agent, on ams\.example\.net since 2026-11-28T22:00:00\.000Z: give this director/,
    );
    await elapse(120);
    assert.equal(await troubleOf(first), undefined);
    assert.match(`${await troubleOf(second)}`, /ams/);
  });

  it('are one that obeys and one that does not if both start at once, or one runs a single turn', async () => {
    const [one, other] = await Promise.all([start('ams'), start('fra')]);
    const troubles = [await troubleOf(one), await troubleOf(other)];
    assert.equal(troubles.filter((sentence) => sentence !== undefined).length, 1);
    const stop = new AbortController().signal;
    const membership = { store, keys, fleet: fleetName, name: 'lb1', now: () => time, stop };
    const once = new FleetOrders({ ...membership, machine: { id: 'syd', host: 'syd' } });
    assert.match(`${await troubleOf(once)}`, /the name lb1 is used by another agent/);
  });

  it('keep their roles while the first agent is restarted', async () => {
    const first = await start('ams');
    const second = await start('fra');
    assert.match(`${await troubleOf(second)}`, /ams/);
    await first.end();
    await elapse(20);
    assert.match(`${await troubleOf(second)}`, /ams/, 'it does not take over the name at once');
    const again = await start('ams');
    await elapse(60);
    assert.deepEqual([await troubleOf(again), (await troubleOf(second)) !== undefined], [undefined, true]);
  });
});

describe('the name of a director', () => {
  it('is taken over at once by the restarted agent, though the lease of the killed one lasts', async () => {
    await start('ams');
    agents.length = 0;
    mock.timers.reset();
    mock.timers.enable({ apis: ['setInterval'] });
    await elapse(5);
    const again = await start('ams');
    assert.equal(await troubleOf(again), undefined);
    await elapse(60);
    assert.ok(await isAlive());
    assert.equal(await troubleOf(again), undefined);
  });

  it('passes to the machine that replaces another one, some time after that has gone', async () => {
    const old = await start('old');
    const next = await start('new');
    assert.match(`${await troubleOf(next)}`, /old/);
    await old.end();
    await elapse(45);
    assert.equal(await troubleOf(next), undefined);
    assert.ok(await isAlive());
    assert.match(`${await troubleOf(await start('old'))}`, /new\.example\.net/);
  });

  it('passes to a machine that reboots at once, with its clock set back by hours', async () => {
    const before = await start('lb1, first boot');
    const after = await start('lb1, second boot');
    assert.match(`${await troubleOf(after)}`, /first boot/);
    await before.end();
    assert.match(`${await troubleOf(after)}`, /first boot/);
    time -= 7200_000;
    await elapse(45);
    assert.equal(await troubleOf(after), undefined);
    assert.ok(await isAlive());
  });

  it('cannot be taken while its presence is unreadable', async () => {
    await store.commit({ compares: [], puts: [{ key: keys.presence('lb1'), value: Buffer.from('x') }] });
    assert.match(
      `${await troubleOf(await start('ams'))}`,
      /alive\/lb1 is unreadable: it is not JSON.*forget lb1/,
    );
  });
});

describe('an agent of a fleet', () => {
  it('loses its presence while the store refuses its reports, and regains it afterwards', async () => {
    const agent = await start('ams');
    await agent.report(reportOf());
    const { commit } = store;
    store.commit = (transaction) =>
      transaction.puts.some(({ key }) => key === keys.report('lb1'))
        ? Promise.reject(new StoreError('no-space', 'store', 'it is full'))
        : commit.call(store, transaction);
    await assert.rejects(agent.report(reportOf()), StoreError);
    assert.ok(!(await isAlive()));
    await elapse(60);
    assert.ok(!(await isAlive()));
    assert.equal(await troubleOf(agent), undefined, 'it obeys its orders nevertheless');
    store.commit = commit;
    await agent.report(reportOf());
    assert.ok(await isAlive());
  });

  it('keeps its presence if the answer to a report was lost', async () => {
    const agent = await start('ams');
    for (const code of ['outcome-unknown', 'unreachable'] as const) {
      store.intercept = async () => {
        throw new StoreError(code, 'store', 'it is gone');
      };
      await assert.rejects(agent.report(reportOf()), StoreError);
      assert.ok(await isAlive());
    }
  });

  it('writes its presence again if it was removed, unless another machine has taken the name', async () => {
    const first = await start('ams');
    const remove = () => store.commit({ compares: [], puts: [], deletes: [keys.presence('lb1')] });
    await remove();
    assert.ok(!(await isAlive()));
    assert.equal(await troubleOf(first), undefined);
    assert.ok(await isAlive());
    await remove();
    const second = await start('fra');
    assert.equal(await troubleOf(second), undefined);
    assert.match(`${await troubleOf(first)}`, /on fra\.example\.net/);
    await elapse(60);
    assert.equal(await troubleOf(second), undefined);
    assert.match(`${await troubleOf(first)}`, /on fra\.example\.net/);
  });

  it('notices that its report was removed, or replaced from a backup', async () => {
    const agent = await start('ams');
    const isLost = async () => (await agent.read(newMemory('boot-1'))).isReportLost;
    assert.equal(await isLost(), false);
    await agent.report(reportOf());
    assert.equal(await isLost(), false);
    for (const changes of [
      { puts: [], deletes: [keys.report('lb1')] },
      { puts: [putDocument(keys.report('lb1'), reportDocument, reportOf())] },
    ]) {
      await store.commit({ compares: [], ...changes });
      assert.equal(await isLost(), true);
      await agent.report(reportOf());
      assert.equal(await isLost(), false);
    }
  });

  it('reads orders again in time, whatever is wrong with them', async () => {
    const [agent, rival] = [await start('ams'), await start('fra')];
    const good = await agent.read(newMemory('boot-1'));
    const unreadable = { view: { kind: 'unreadable', reason: 'not JSON' }, overrides: undefined } as const;
    const begun = performance.now();
    await rival.wait(await rival.read(newMemory('boot-1')), 10);
    await agent.wait(unreadable, 10);
    store.failure = new StoreError('unreachable', 'store', 'it is gone');
    await agent.wait(good, 10);
    store.failure = undefined;
    assert.ok(performance.now() - begun < 5000);
  });

  it('leaves no presence behind if it ends while it writes it', async () => {
    store.intercept = async (_, commit) => {
      store.intercept = (__, next) => next();
      await agents[0]?.end();
      return commit();
    };
    await start('ams');
    assert.ok(!(await isAlive()));
  });

  it('loses its presence while it hangs', async () => {
    await start('ams');
    await elapse(60);
    assert.ok(await isAlive());
    isHealthy = false;
    await elapse(45);
    assert.ok(!(await isAlive()));
    isHealthy = true;
    await elapse(15);
    assert.ok(await isAlive());
  });
});
