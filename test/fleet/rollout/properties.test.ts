import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Rollout } from '../../../src/fleet/documents/rollout.ts';
import { FleetError } from '../../../src/fleet/fleet-error.ts';
import {
  type Actor,
  abortRollout,
  presentRollout,
  replaceRollout,
  resumeRollout,
} from '../../../src/fleet/rollout/control.ts';
import { isTargeted } from '../../../src/fleet/rollout/judge.ts';
import { startRollback } from '../../../src/fleet/rollout/start.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { changeSettings } from '../../../src/fleet/status/settings.ts';
import { StoreError } from '../../../src/fleet/store/error.ts';
import { keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import { InterceptedStore } from '../store/intercepted-store.ts';

const names = ['lb1', 'lb2', 'lb3', 'lb4', 'lb5'];
const groups: Record<string, string> = { lb1: 'a', lb2: 'a', lb3: 'b', lb4: 'b' };
/** Milliseconds by which the clocks of drivers are ahead. */
const clocks: Record<string, number> = { ann: 0, bob: 700_000, cat: -3600_000 };
const drivers = Object.keys(clocks);
const bake = 10;
const maxFailures = 1;
const lastRevision = 4;

/** An event that happens to a fleet. */
type Event =
  | { readonly kind: 'agent' | 'kill' | 'reboot' | 'refuse' | 'vanish'; readonly name: string }
  | { readonly kind: 'driver' | 'resume' | 'abort'; readonly driver: string }
  /** Steps of the driver that holds the rollout, and turns of all agents. */
  | { readonly kind: 'progress'; readonly steps: number }
  | { readonly kind: 'start'; readonly driver: string; readonly revision: number }
  | { readonly kind: 'group'; readonly name: string; readonly group: string | undefined }
  | { readonly kind: 'hold' | 'release'; readonly name: string }
  | { readonly kind: 'store'; readonly answer: 'lost-before' | 'lost-after' | 'well' }
  | { readonly kind: 'time'; readonly seconds: number };

/** Returns whether an error says that a rollout cannot begin, or cannot be changed now. */
function isRefusedRollout(error: unknown): boolean {
  const sentence =
    /^no rollout is in progress$|^the rollout of revision \d+(, started by .*,)? is |has changed the rollout meanwhile|^no director has reported yet|^every director is |^there is no director/;
  return error instanceof FleetError && sentence.test(error.message);
}

const name = fc.constantFrom(...names);
const driver = fc.constantFrom(...drivers);

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('agent' as const), name }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('refuse' as const), name }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('driver' as const), driver }) },
  {
    weight: 16,
    arbitrary: fc.record({ kind: fc.constant('progress' as const), steps: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('kill' as const, 'reboot' as const, 'vanish' as const),
      name,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('resume' as const), driver }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('group' as const),
      name,
      group: fc.constantFrom('a', 'b', undefined),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('hold' as const, 'release' as const), name }),
  },
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

type Fleet = Awaited<ReturnType<typeof readFleet>>;

/** A fleet, and what has to hold for it at each moment. */
class Trial {
  readonly store = new InterceptedStore();
  readonly fleet = new SimulatedFleet(this.store, names);
  /** Revisions that rollouts have named. */
  readonly named = new Set<number>();
  #boots = 0;
  #before: Fleet | undefined;
  /** Directors that have converged since their targets were set. */
  readonly #converged = new Set<string>();
  /** Failures that the operator has seen, by resuming. */
  #accepted = 0;
  /** When somebody last began to drive the rollout, by the true time. */
  #driven = 0;

  async prepare(): Promise<void> {
    for (let servers = 1; servers <= lastRevision; servers++)
      await publishRules(this.store, rulesFor(servers));
    for (const [one, group] of Object.entries(groups)) await this.fleet.group(one, group);
    await this.fleet.turns();
  }

  async apply(event: Event): Promise<void> {
    try {
      await this.#do(event);
    } catch (error) {
      if (!isRefusedRollout(error) && !(error instanceof StoreError)) throw error;
    }
  }

  async #do(event: Event): Promise<void> {
    const by =
      'driver' in event
        ? { holder: event.driver, now: this.fleet.time + (clocks[event.driver] ?? 0) }
        : undefined;
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
        await this.fleet.step(event.driver, clocks[event.driver]);
        break;
      case 'progress':
        await this.#progress(event.steps);
        break;
      case 'resume':
        if (by) await this.#resume(by);
        break;
      case 'group':
        await changeSettings(this.store, keys, event.name, ({ group: _, ...settings }) => ({
          ...settings,
          ...(event.group !== undefined && { group: event.group }),
        }));
        break;
      case 'hold':
      case 'release':
        await changeSettings(this.store, keys, event.name, ({ held: _, ...settings }) => ({
          ...settings,
          ...(event.kind === 'hold' && {
            held: { by: 'ann', since: '2026-11-28T22:00:00.000Z', reason: '' },
          }),
        }));
        break;
      case 'abort':
        if (by) await abortRollout(this.store, keys, by);
        break;
      case 'start':
        this.named.add(event.revision);
        await this.fleet.start(event.revision, {
          holder: event.driver,
          clock: clocks[event.driver],
          options: { bake, confirm: 300, maxFailures },
        });
        this.#accepted = 0;
        this.#driven = this.fleet.time;
        break;
      case 'store':
        this.store.intercept = (_, commit) => commit();
        if (event.answer !== 'well') this.store.loseAnswer(event.answer === 'lost-after');
        break;
      case 'time':
        this.fleet.time += event.seconds * 1000;
        break;
    }
  }

  async #progress(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      const { rollout } = await readFleet(this.store, keys);
      if (!rollout) return;
      const { holder } = rollout.content;
      const done = await this.fleet.step(holder, clocks[holder]);
      await this.check();
      if (!done.startsWith('wait')) continue;
      await this.fleet.turns();
      this.fleet.time += 2000;
      await this.check();
    }
  }

  async #resume(by: Actor): Promise<void> {
    const { failed } = (await presentRollout(this.store, keys)).content;
    await resumeRollout(this.store, keys, by);
    this.#accepted = Object.keys(failed).length;
    this.#driven = this.fleet.time;
  }

  async check(): Promise<void> {
    const now = await readFleet(this.store, keys);
    const { targets, rollout } = now;
    for (const [one, { content }] of targets) {
      if (content.revision !== undefined)
        assert.ok(this.named.has(content.revision), `${one} was given revision ${content.revision}`);
    }
    for (const [one, agent] of this.fleet.agents) {
      const rules = agent.director.rules();
      const servers = rules === '' ? 0 : rules.split('\n').length - 2;
      if (servers > 0) assert.ok(this.named.has(servers), `${one} has revision ${servers} of no rollout`);
    }
    if (rollout) this.#checkRollout(now, rollout.content);
    this.#before = now;
  }

  #checkRollout(now: Fleet, rollout: Rollout): void {
    const targeted = names.filter((one) => isTargeted(now, rollout, one));
    const isNew = (one: string) => !this.#before || !isTargeted(this.#before, rollout, one);
    for (const one of targeted) {
      if (isNew(one)) this.#converged.delete(one);
      if (this.fleet.agent(one).director.rules() === rulesFor(rollout.revision)) this.#converged.add(one);
    }
    const group = (one: string) => now.settings.get(one)?.content.group;
    const changing = targeted.filter((one) => !this.#converged.has(one) && !(one in rollout.failed));
    for (const one of targeted.filter(isNew)) {
      const mates = names.filter((other) => other !== one && group(one) && group(other) === group(one));
      const busy = mates.filter((other) => changing.includes(other));
      assert.ok(!changing.includes(one) || busy.length === 0, `${one} changes together with ${busy}`);
      const failed = mates.filter((other) => other in rollout.failed);
      assert.deepEqual(failed, [], `${one} is updated though a director of its group has failed`);
      assert.equal(now.settings.get(one)?.content.held, undefined, `${one} is updated though it is on hold`);
    }
    this.#checkFailures(rollout, targeted.filter(isNew));
    this.#checkBaking(rollout);
  }

  /** While more directors have failed than allowed, no other is updated. */
  #checkFailures({ failed }: Rollout, targeted: readonly string[]): void {
    const count = Object.keys(failed).length;
    if (targeted.length === 0) return;
    assert.ok(count <= Math.max(maxFailures, this.#accepted), `${targeted} updated after ${count} failures`);
  }

  /** No wave passes its gate sooner than it has baked, with a driver that watched. */
  #checkBaking({ id, wave }: Rollout): void {
    const before = this.#before?.rollout?.content;
    if (before?.id !== id || before.wave === wave) return;
    const watched = this.fleet.time - this.#driven;
    assert.ok(watched >= bake * 1000, `wave ${before.wave} was watched for ${watched} ms`);
  }

  /** Removes all faults; the rollout must then come to its end. */
  async heal(): Promise<void> {
    this.store.intercept = (_, commit) => commit();
    for (const agent of this.fleet.agents.values()) agent.director.refuses = () => undefined;
    const { rollout } = await readFleet(this.store, keys);
    if (!rollout) return;
    await this.#resume({ holder: 'ann', now: this.fleet.time }).catch((error: unknown) => {
      if (!isRefusedRollout(error)) throw error;
    });
    for (let round = 0; round < 100 && (await this.fleet.rollout()).state === 'active'; round++)
      await this.#progress(2);
    const { state } = await this.fleet.rollout();
    assert.ok(['done', 'aborted', 'halted'].includes(state), state);
  }

  /** Removes all faults, and rolls back to the first revision: every director that has a target must then have its rules. */
  async rollBack(): Promise<void> {
    this.store.intercept = (_, commit) => commit();
    for (const agent of this.fleet.agents.values()) agent.director.refuses = () => undefined;
    const { rollout, targets, settings } = await readFleet(this.store, keys);
    if (!rollout) return;
    const restored = names.filter((one) => {
      const isHeld = settings.get(one)?.content.held !== undefined;
      return isHeld
        ? isTargeted({ targets }, rollout.content, one)
        : targets.get(one)?.content.revision !== undefined;
    });
    if (restored.length === 0) return;
    const revision = await publishRules(this.store, rulesFor(1));
    const way = { restores: 1, isChosen: true, deadline: 30, revision, id: 'back', holder: 'ann' };
    await replaceRollout(this.store, keys, rollout.content.id, (now, last) =>
      startRollback(now, last, { ...way, now: this.fleet.time }),
    );
    for (let round = 0; round < 200 && (await this.fleet.rollout()).state === 'active'; round++) {
      if (!(await this.fleet.step('ann')).startsWith('wait')) continue;
      await this.fleet.turns();
      this.fleet.time += 2000;
    }
    const { state, failed } = await this.fleet.rollout();
    assert.deepEqual([state, failed], ['done', {}]);
    // Those that were offline return.
    await this.fleet.turns();
    for (const one of restored) assert.equal(this.fleet.agent(one).director.rules(), rulesFor(1), one);
  }
}

describe('a rollout, with random events at agents, drivers and the store', () => {
  it('applies its revisions only, one director of a pair at a time, limits failures, and bakes waves', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 20, maxLength: 80 }), async (events) => {
        const trial = new Trial();
        await trial.prepare();
        for (const one of events) {
          await trial.apply(one);
          await trial.check();
        }
        await trial.heal();
        await trial.check();
      }),
      { numRuns: 40, includeErrorInReport: true },
    );
  });

  it('can be rolled back at any point on all directors that are not on hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 20, maxLength: 60 }), async (events) => {
        const trial = new Trial();
        await trial.prepare();
        for (const one of events) {
          await trial.apply(one);
          await trial.check();
        }
        await trial.rollBack();
      }),
      { numRuns: 20, includeErrorInReport: true },
    );
  });

  it('completes though its driver dies after every transaction', async () => {
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
