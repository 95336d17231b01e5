import { putDocument } from '../../src/fleet/documents/entries.ts';
import { directorDocument } from '../../src/fleet/documents/operator.ts';
import type { Rollout, RolloutOptions } from '../../src/fleet/documents/rollout.ts';
import { advance, checked } from '../../src/fleet/rollout/advance.ts';
import { abortRollout, placeRollout, resumeRollout } from '../../src/fleet/rollout/control.ts';
import { begin } from '../../src/fleet/rollout/preview.ts';
import { renewalOf } from '../../src/fleet/rollout/renewal.ts';
import { startRollout } from '../../src/fleet/rollout/start.ts';
import { parseWaves } from '../../src/fleet/rollout/waves.ts';
import { writeRenewal, writeRollout } from '../../src/fleet/rollout/write.ts';
import { readFleet } from '../../src/fleet/status/fleet-state.ts';
import { changeSettings } from '../../src/fleet/status/settings.ts';
import {
  keys,
  publishRules,
  rulesFor,
  SimulatedAgent,
  type SimulatedAgentOptions,
} from './simulated-agent.ts';
import { InterceptedStore } from './store/intercepted-store.ts';

export const usualOptions: RolloutOptions = {
  bake: 0,
  deadline: 60,
  maxFailures: 0,
  onFailure: 'halt',
  offline: 'wait',
};

/** The test's check of a wave: returns why the wave is bad, or undefined. */
export type Judge = (directors: readonly string[]) => string | undefined;

/** A fleet of real agents on simulated kernels; the test triggers each step of a rollout's driver. */
export class SimulatedFleet {
  readonly store: InterceptedStore;
  readonly agents: ReadonlyMap<string, SimulatedAgent>;
  /** Milliseconds since 1970. */
  time = Date.parse('2026-11-28T22:00:00.000Z');
  judge: Judge = () => undefined;
  #nextId = 1;

  constructor(store: InterceptedStore, names: readonly string[], options: SimulatedAgentOptions = {}) {
    this.store = store;
    const now = () => this.time;
    this.agents = new Map(names.map((name) => [name, new SimulatedAgent(store, name, { now, ...options })]));
  }

  /** Returns a fleet whose directors all have revision 1, with one server; revision 2, with two, is published. */
  static async withFirstRevision(names: readonly string[]): Promise<SimulatedFleet> {
    const store = new InterceptedStore();
    const fleet = new SimulatedFleet(store, names);
    await publishRules(store, rulesFor(1));
    await fleet.turns();
    await fleet.start(1, { waves: '100%' });
    await fleet.run();
    await publishRules(store, rulesFor(2));
    return fleet;
  }

  agent(name: string): SimulatedAgent {
    const agent = this.agents.get(name);
    if (!agent) throw new Error(`no agent ${name}`);
    return agent;
  }

  /** Runs one turn of every agent except those named. */
  async turns(except: readonly string[] = []): Promise<void> {
    for (const [name, agent] of this.agents) if (!except.includes(name)) await agent.turn();
  }

  async group(name: string, group: string): Promise<void> {
    await this.store.commit({
      compares: [],
      puts: [putDocument(keys.director(name), directorDocument, { group })],
    });
  }

  /** Puts a director on hold. */
  async hold(name: string): Promise<void> {
    const held = { by: 'ann', since: '2026-11-28T22:00:00.000Z', reason: 'dead' };
    await changeSettings(this.store, keys, name, (settings) => ({ ...settings, held }));
  }

  /** Removes the presence of a director, which is offline until its next turn. */
  async goOffline(name: string): Promise<void> {
    await this.store.commit({ compares: [], puts: [], deletes: [keys.presence(name)] });
  }

  /** Begins a rollout. */
  async start(
    revision: number,
    {
      canary = 1,
      waves = '50%,100%',
      options = {},
      holder = 'driver',
      clock = 0,
    }: {
      canary?: number;
      waves?: string;
      options?: Partial<RolloutOptions>;
      holder?: string;
      clock?: number | undefined;
    } = {},
  ): Promise<Rollout> {
    const fleet = await readFleet(this.store, keys);
    const rollout = startRollout(fleet, {
      revision,
      canary,
      waves: parseWaves(waves),
      options: { ...usualOptions, ...options },
      id: `r${this.#nextId++}`,
      holder,
      now: this.time + clock,
    });
    await placeRollout(this.store, keys, fleet.rollout, rollout);
    return rollout;
  }

  /** One step of a driver whose clock is ahead by so many milliseconds; a real one would repeat it. Returns what it did. */
  async step(holder = 'driver', clock = 0): Promise<string> {
    const fleet = await readFleet(this.store, keys);
    const { rollout } = fleet;
    if (rollout?.content.holder !== holder) return 'taken over';
    const { content } = rollout;
    const now = this.time + clock;
    const step = advance(fleet, content, now);
    const write = (next: Rollout) => writeRollout(this.store, keys, rollout, next);
    if (step.act === 'commit') await writeRollout(this.store, keys, rollout, step.rollout, step.targets);
    else if (step.act === 'ask') await write(begin(fleet, content, now));
    else if (step.act === 'check') await write(checked(content, this.judge(step.directors), now));
    else if (step.act === 'renew') await writeRenewal(this.store, keys, rollout, renewalOf(content, now));
    return step.act === 'wait' ? `wait for ${step.for}` : step.act;
  }

  /** Alternates steps of the driver and turns of the agents until the rollout ends, for at most 200 steps. */
  async run(except: readonly string[] = [], holder = 'driver'): Promise<Rollout> {
    for (let round = 0; round < 200; round++) {
      const step = await this.step(holder);
      if (step === 'end') break;
      if (step.startsWith('wait')) {
        await this.turns(except);
        this.time += 1000;
      }
    }
    return this.rollout();
  }

  /** Alternates steps and turns until the driver asks whether to go on with the plans. */
  async untilAsked(): Promise<void> {
    while ((await this.step()) !== 'ask') await this.turns();
  }

  /** Alternates steps and turns until a director has applied a revision. */
  async untilApplied(name: string, revision: number): Promise<void> {
    while (this.applied()[name] !== revision) {
      await this.step();
      await this.turns();
    }
  }

  resume(actor: Partial<Parameters<typeof resumeRollout>[2]> = {}): Promise<Rollout> {
    return resumeRollout(this.store, keys, { holder: 'driver', now: this.time, ...actor });
  }

  /** Ends the rollout where it stands. */
  async abort(): Promise<void> {
    await abortRollout(this.store, keys, { holder: 'driver', now: this.time });
  }

  async rollout(): Promise<Rollout> {
    const { rollout } = await readFleet(this.store, keys);
    if (!rollout) throw new Error('no rollout');
    return rollout.content;
  }

  applied(): Record<string, number | undefined> {
    return Object.fromEntries(
      [...this.agents].map(([name, { report }]) => [name, report?.applied?.revision]),
    );
  }
}
