import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Rollout } from '../../../src/fleet/documents/rollout.ts';
import { FleetError } from '../../../src/fleet/fleet-error.ts';
import { abortRollout, resumeRollout } from '../../../src/fleet/rollout/control.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { StoreError } from '../../../src/fleet/store/error.ts';
import { keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import { InterceptedStore } from '../store/intercepted-store.ts';

const names = ['lb1', 'lb2', 'lb3', 'lb4', 'lb5'];
const groups: Record<string, string> = { lb1: 'a', lb2: 'a', lb3: 'b', lb4: 'b' };
const drivers = ['ann', 'bob'];
const lastRevision = 4;

/** An event that happens to a fleet. */
type Event =
  | { readonly kind: 'agent' | 'kill' | 'reboot' | 'refuse' | 'vanish'; readonly name: string }
  | { readonly kind: 'driver' | 'resume' | 'abort'; readonly driver: string }
  | { readonly kind: 'start'; readonly driver: string; readonly revision: number }
  | { readonly kind: 'store'; readonly answer: 'lost-before' | 'lost-after' | 'well' }
  | { readonly kind: 'time'; readonly seconds: number };

/** Returns whether an error says that a rollout cannot begin, or cannot be changed now. */
function isRefusedRollout(error: unknown): boolean {
  const sentence =
    /^no rollout is in progress$|^the rollout of revision \d+(, started by .*,)? is |has changed the rollout meanwhile|^no director has reported yet/;
  return error instanceof FleetError && sentence.test(error.message);
}

const name = fc.constantFrom(...names);
const driver = fc.constantFrom(...drivers);

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('agent' as const), name }) },
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('driver' as const), driver }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('kill' as const, 'reboot' as const, 'refuse' as const, 'vanish' as const),
      name,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('resume' as const), driver }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('abort' as const), driver }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('start' as const),
      driver,
      revision: fc.integer({ min: 1, max: lastRevision }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('store' as const),
      answer: fc.constantFrom('lost-before' as const, 'lost-after' as const, 'well' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('time' as const), seconds: fc.integer({ min: 1, max: 90 }) }),
  },
);

/** A fleet, and the invariants that must always hold for it. */
class Trial {
  readonly store = new InterceptedStore();
  readonly fleet = new SimulatedFleet(this.store, names);
  /** Revisions that rollouts have named. */
  readonly named = new Set<number>();
  #boots = 0;

  async prepare(): Promise<void> {
    for (let servers = 1; servers <= lastRevision; servers++)
      await publishRules(this.store, rulesFor(servers));
    for (const [one, group] of Object.entries(groups)) await this.fleet.group(one, group);
    await this.fleet.turns();
  }

  async happen(event: Event): Promise<void> {
    try {
      await this.#do(event);
    } catch (error) {
      if (!isRefusedRollout(error) && !(error instanceof StoreError)) throw error;
    }
  }

  async #do(event: Event): Promise<void> {
    const by = 'driver' in event ? { holder: event.driver, now: this.fleet.time } : undefined;
    switch (event.kind) {
      case 'agent':
        await this.fleet.agent(event.name).turn();
        break;
      case 'kill':
        this.fleet.agent(event.name).kill();
        break;
      case 'reboot': {
        const agent = this.fleet.agent(event.name);
        agent.kill();
        agent.director.reboot();
        agent.boot = `boot ${this.#boots++}`;
        await agent.turn();
        break;
      }
      case 'refuse':
        this.fleet.agent(event.name).director.refuses = () => 'no';
        break;
      case 'vanish':
        await this.store.commit({ compares: [], puts: [], deletes: [keys.presence(event.name)] });
        break;
      case 'driver':
        await this.fleet.step(event.driver);
        break;
      case 'resume':
        if (by) await resumeRollout(this.store, keys, by);
        break;
      case 'abort':
        if (by) await abortRollout(this.store, keys, by);
        break;
      case 'start':
        this.named.add(event.revision);
        await this.fleet.start(event.revision, {
          holder: event.driver,
          options: { confirm: 300, maxFailures: 1 },
        });
        break;
      case 'store':
        this.store.intercept = async (_, commit) => {
          if (event.answer === 'well') return commit();
          this.store.intercept = (_, next) => next();
          if (event.answer === 'lost-after') await commit();
          throw new StoreError('outcome-unknown', 'memory', 'the answer was lost');
        };
        break;
      case 'time':
        this.fleet.time += event.seconds * 1000;
        break;
    }
  }

  async check(): Promise<void> {
    const { targets, rollout } = await readFleet(this.store, keys);
    for (const [one, { content }] of targets) {
      if (content.revision !== undefined)
        assert.ok(this.named.has(content.revision), `${one} was told ${content.revision}`);
    }
    for (const [one, agent] of this.fleet.agents) {
      const rules = agent.director.rules();
      const servers = rules === '' ? 0 : rules.split('\n').length - 2;
      if (servers > 0) assert.ok(this.named.has(servers), `${one} has ${servers}, which no rollout named`);
    }
    if (rollout) this.#checkGroups(rollout.content, targets);
  }

  /** Checks that no two directors of a group have the rollout's target without being converged. */
  #checkGroups(
    { id, revision, failed, skipped }: Rollout,
    targets: Awaited<ReturnType<typeof readFleet>>['targets'],
  ): void {
    const changing = names.filter((one) => {
      const target = targets.get(one)?.content;
      if (target?.rollout !== id || target.revision !== revision || one in failed || one in skipped)
        return false;
      return this.fleet.agent(one).director.rules() !== rulesFor(revision);
    });
    const pairs = changing.map((one) => groups[one]).filter((group) => group !== undefined);
    assert.equal(new Set(pairs).size, pairs.length, `${changing.join(', ')} change at the same time`);
  }

  /** Removes all faults; the rollout must then come to its end. */
  async heal(): Promise<void> {
    this.store.intercept = (_, commit) => commit();
    for (const agent of this.fleet.agents.values()) agent.director.refuses = () => undefined;
    const { rollout } = await readFleet(this.store, keys);
    if (!rollout) return;
    await resumeRollout(this.store, keys, { holder: 'ann', now: this.fleet.time }).catch((error: unknown) => {
      if (!isRefusedRollout(error)) throw error;
    });
    const { state } = await this.fleet.run([], 'ann');
    assert.ok(['done', 'aborted', 'halted'].includes(state), state);
  }
}

describe('whatever happens to agents, drivers and the store', () => {
  it('no director has a revision that no rollout named, and no pair changes at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 20, maxLength: 120 }), async (events) => {
        const trial = new Trial();
        await trial.prepare();
        for (const one of events) {
          await trial.happen(one);
          await trial.check();
        }
        await trial.heal();
        await trial.check();
      }),
      { numRuns: 60, includeErrorInReport: true },
    );
  });

  it('a rollout whose driver dies after every transaction comes to the same end', async () => {
    const trial = new Trial();
    await trial.prepare();
    await trial.fleet.start(2, { holder: 'driver 0' });
    trial.named.add(2);
    for (let life = 0; life < 200; life++) {
      const step = await trial.fleet.step(`driver ${life}`);
      await trial.check();
      if (step === 'end') break;
      if (step.startsWith('wait')) await trial.fleet.turns();
      await resumeRollout(trial.store, keys, { holder: `driver ${life + 1}`, now: trial.fleet.time }).catch(
        () => {},
      );
    }
    assert.equal((await trial.fleet.rollout()).state, 'done');
    for (const { director } of trial.fleet.agents.values()) assert.equal(director.rules(), rulesFor(2));
  });
});
