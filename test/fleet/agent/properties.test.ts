import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { putDocument } from '../../../src/fleet/documents/entries.ts';
import { overrideDocument } from '../../../src/fleet/documents/operator.ts';
import { type Target, targetDocument } from '../../../src/fleet/documents/target.ts';
import { FleetError } from '../../../src/fleet/fleet-error.ts';
import { withOverrides } from '../../../src/fleet/overrides/apply.ts';
import { addOverride, removeOverride } from '../../../src/fleet/overrides/change.ts';
import { readRevision } from '../../../src/fleet/revisions/read.ts';
import { readRules, writeRules } from '../../../src/fleet/revisions/rules.ts';
import { StoreError } from '../../../src/fleet/store/error.ts';
import { keys, publishRules, rulesFor, SimulatedAgent } from '../simulated-agent.ts';
import { InterceptedStore } from '../store/intercepted-store.ts';

const lastRevision = 4;
const servers = ['10.0.0.1', '10.0.0.2', '10.0.0.1:80'];
const start = Date.parse('2026-11-28T22:00:00.000Z');

/** An event that happens to an agent or its surroundings. */
type Event =
  | { readonly kind: 'turn' | 'kill' | 'reboot' | 'confirm' | 'accept' | 'exchange' | 'loss' }
  | { readonly kind: 'order'; readonly target: Omit<Target, 'rollout'>; readonly isNew: boolean }
  | { readonly kind: 'override' | 'release' | 'end'; readonly server: string }
  | { readonly kind: 'refuse' | 'store'; readonly is: boolean }
  | { readonly kind: 'wait'; readonly seconds: number }
  /** The process is killed during its next change, which leaves `left` servers, or at its `time`th save from now. */
  | { readonly kind: 'kill in a change'; readonly left: number }
  | { readonly kind: 'kill at keeping'; readonly time: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('kill' as const, 'reboot' as const, 'confirm' as const) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('accept' as const, 'exchange' as const, 'loss' as const),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('order' as const),
      isNew: fc.boolean(),
      target: fc.record(
        {
          revision: fc.integer({ min: 1, max: lastRevision + 1 }),
          preview: fc.integer({ min: 1, max: lastRevision }),
          confirm: fc.constantFrom(30, 60),
          drain: fc.constantFrom(0, 60),
        },
        { requiredKeys: [] },
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('override' as const, 'release' as const, 'end' as const),
      server: fc.constantFrom(...servers),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('refuse' as const, 'store' as const), is: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 70 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('kill in a change' as const),
      left: fc.integer({ min: 0, max: 7 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('kill at keeping' as const),
      time: fc.integer({ min: 1, max: 5 }),
    }),
  },
);

/** Thrown where the process is killed. */
class Killed extends Error {}

/** An agent, and the events that happen to it. */
class Trial {
  readonly store = new InterceptedStore();
  readonly agent: SimulatedAgent;
  #time = start;
  #rollout = 0;
  #boots = 0;
  #target: Target | undefined;
  /** Number of servers that are left when the process is killed in its next change; undefined to let it live. */
  #leftByKill: number | undefined;
  #keepingsLeft = Number.POSITIVE_INFINITY;

  constructor() {
    this.agent = new SimulatedAgent(this.store, 'lb1', { now: () => this.#time });
    const { director, keeper } = this.agent;
    const { converge, carryOut } = director;
    director.converge = async (...args) => {
      const left = this.#leftByKill;
      if (left === undefined) return converge.call(director, ...args);
      director.setRules(left === 0 ? '' : rulesFor(left));
      throw new Killed();
    };
    // Steps are few: the process is killed before or after all of them.
    director.carryOut = async (...args) => {
      const left = this.#leftByKill;
      const outcome = left === 0 ? undefined : await carryOut.call(director, ...args);
      if (left !== undefined || !outcome) throw new Killed();
      return outcome;
    };
    for (const name of ['save', 'saveRules'] as const) {
      const keep = keeper[name].bind(keeper) as (...args: unknown[]) => void;
      Object.assign(keeper, {
        [name]: (...args: unknown[]) => {
          if (--this.#keepingsLeft <= 0) throw new Killed();
          keep(...args);
        },
      });
    }
  }

  async prepare(): Promise<void> {
    for (let number = 1; number <= lastRevision; number++)
      await publishRules(this.store, rulesFor(number + 1));
  }

  async apply(event: Event): Promise<void> {
    switch (event.kind) {
      case 'turn':
        return this.turn();
      case 'kill':
        return this.#end();
      case 'reboot':
        this.#end();
        this.agent.director.reboot();
        this.agent.boot = `boot ${this.#boots++}`;
        return;
      case 'confirm':
        return this.#target && this.#order({ ...this.#target, confirmed: true });
      case 'accept':
        this.cancelKills();
        return this.agent.accept();
      case 'exchange':
        this.store.cluster = `${this.#time}`;
        return;
      // Another store, in which nobody has drained anything.
      case 'loss':
        this.store.cluster = `${this.#time}`;
        return this.#write([], [keys.overrides]);
      case 'order':
        if (event.isNew) this.#rollout++;
        return this.#order({ rollout: `r${this.#rollout}`, ...event.target });
      case 'override':
        return this.#override(event.server);
      case 'end':
        return this.#override(event.server, { ended: true });
      case 'release':
        return this.#write([], [keys.override(event.server)]);
      case 'refuse':
        this.agent.director.refuses = event.is ? () => 'no memory' : () => undefined;
        return;
      case 'store':
        this.store.failure = event.is ? undefined : new StoreError('unreachable', 'memory', 'nobody answers');
        return;
      case 'wait':
        this.#time += event.seconds * 1000;
        return;
      case 'kill in a change':
        this.#leftByKill = event.left;
        return;
      case 'kill at keeping':
        this.#keepingsLeft = event.time;
    }
  }

  async turn(): Promise<void> {
    try {
      await this.agent.turn();
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      this.#end();
    }
  }

  #end(): void {
    this.agent.kill();
    this.cancelKills();
  }

  /** Cancels the planned kills of the process. */
  cancelKills(): void {
    this.#leftByKill = undefined;
    this.#keepingsLeft = Number.POSITIVE_INFINITY;
  }

  /** Returns the table of the revision in the agent's memory, with its overrides; empty before the first revision. */
  async expected(): Promise<string> {
    const { applied, overridden = [] } = this.agent.keeper.load() ?? {};
    if (!applied) return '';
    const { rules } = await readRevision(this.store, keys, applied.revision);
    return writeRules(withOverrides(readRules(rules), overridden).desired);
  }

  async #override(server: string, end: { readonly ended?: true } = {}): Promise<void> {
    const mark = { by: 'alice', since: new Date(this.#time).toISOString(), reason: '', ...end };
    await this.#write([putDocument(keys.override(server), overrideDocument, mark)]);
  }

  async #order(target: Target): Promise<void> {
    this.#target = target;
    await this.#write([putDocument(keys.target('lb1'), targetDocument, target)]);
  }

  /** Writes to the store as an operator, who can reach it even while the agent cannot. */
  async #write(puts: Parameters<InterceptedStore['commit']>[0]['puts'], deletes: readonly string[] = []) {
    const { failure } = this.store;
    this.store.failure = undefined;
    await this.store.commit({ compares: [], puts, deletes });
    this.store.failure = failure;
  }
}

describe('an agent, after random events', () => {
  it('converges its table to a revision, and leaves it then', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 40 }), async (events) => {
        const trial = new Trial();
        await trial.prepare();
        for (const one of events) await trial.apply(one);
        trial.cancelKills();
        await trial.apply({ kind: 'store', is: true });
        await trial.apply({ kind: 'refuse', is: false });
        for (let turns = 0; turns < 3; turns++) await trial.turn();
        const { director } = trial.agent;
        assert.equal(director.rules(), await trial.expected());
        assert.equal(trial.agent.report?.drift.commands, 0);
        const { changes } = director;
        for (let turns = 0; turns < 2; turns++) await trial.turn();
        assert.equal(director.changes, changes, 'it keeps changing its table');
      }),
      { numRuns: Number(process.env.IPVSADM_AGENT_RUNS ?? 300) },
    );
  });
});

/** Something that operators do with servers, or that happens to their store. */
type Draining =
  | { readonly kind: 'drain' | 'undrain'; readonly server: string; readonly hour: number }
  | { readonly kind: 'turn' | 'restart' | 'lose the store' | 'accept the store' };

const draining: fc.Arbitrary<Draining> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('drain' as const, 'undrain' as const),
      server: fc.constantFrom(...['1', '2', '3', '1:80', '2:80'].map((end) => `10.0.0.${end}`)),
      /** The clocks of operators are wrong by hours. */
      hour: fc.integer({ min: 10, max: 20 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('restart' as const, 'lose the store' as const, 'accept the store' as const),
    }),
  },
);

describe('an agent, while operators drain and undrain at random', () => {
  it('keeps a drained server out of service until it is undrained', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(draining, { minLength: 5, maxLength: 40 }), async (events) => {
        const store = new InterceptedStore();
        const options = { guards: { minServers: { count: 2 } } };
        const agent = new SimulatedAgent(store, 'lb1', { options });
        await publishRules(store, rulesFor(4));
        const target: Target = { rollout: 'r1', revision: 1 };
        await store.commit({ compares: [], puts: [putDocument(keys.target('lb1'), targetDocument, target)] });
        await agent.turn();
        const names = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'];
        const drained = () =>
          names.filter((name) => agent.director.weightOf('tcp 192.0.2.1 80', `${name} 80`) === 0);
        /** Servers that somebody has undrained since they were out of service: they may come back. */
        let free = new Set<string>();
        let before = drained();
        let clusters = 1;
        for (const event of events) {
          switch (event.kind) {
            case 'drain': {
              const since = `2026-11-28T${event.hour}:00:00.000Z`;
              await addOverride(store, keys, event.server, { by: 'bob', since, reason: '' }).catch(
                ignoreRefusal,
              );
              break;
            }
            case 'undrain': {
              const mark = { by: 'bob', since: '2026-11-28T22:00:00.000Z', reason: '' };
              await removeOverride(store, keys, event.server, mark).catch(ignoreRefusal);
              free.add(event.server.replace(/:.*/, ''));
              break;
            }
            case 'restart':
              agent.kill();
              break;
            case 'lose the store':
              store.cluster = `${++clusters}`;
              await store.commit({ compares: [], puts: [], deletes: [keys.overrides] });
              break;
            case 'accept the store':
              agent.accept();
              break;
            case 'turn': {
              const report = await agent.turn();
              const now = drained();
              for (const server of before)
                assert.ok(now.includes(server) || free.has(server), `${server} is back in service`);
              const refused = report.overrides.filter((one) => one.refused !== undefined);
              for (const { server } of report.overrides) {
                const isDrained = now.includes(server.replace(/:.*/, ''));
                assert.equal(isDrained, !refused.some((one) => one.server === server), server);
              }
              before = now;
              free = new Set();
            }
          }
        }
      }),
      { numRuns: Number(process.env.IPVSADM_AGENT_RUNS ?? 300) },
    );
  });
});

/** A server is already drained, or not at all; or it is the last one. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof FleetError)) throw error;
}
