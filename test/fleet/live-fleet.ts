import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConvergeOptions, Outcome } from '../../src/fleet/agent/director.ts';
import { FleetOrders } from '../../src/fleet/agent/fleet-orders.ts';
import { runAgent } from '../../src/fleet/agent/loop.ts';
import type { Machine } from '../../src/fleet/agent/machine.ts';
import { putDocument } from '../../src/fleet/documents/entries.ts';
import { type Keys, keysOf } from '../../src/fleet/documents/keys.ts';
import { directorDocument } from '../../src/fleet/documents/operator.ts';
import type { Report } from '../../src/fleet/documents/report.ts';
import type { Rollout, RolloutOptions } from '../../src/fleet/documents/rollout.ts';
import { publish } from '../../src/fleet/revisions/publish.ts';
import { readRules } from '../../src/fleet/revisions/rules.ts';
import { placeRollout } from '../../src/fleet/rollout/control.ts';
import { type DriveEnd, drive } from '../../src/fleet/rollout/drive.ts';
import { startRollout } from '../../src/fleet/rollout/start.ts';
import { parseWaves } from '../../src/fleet/rollout/waves.ts';
import { readFleet } from '../../src/fleet/status/fleet-state.ts';
import type { Store } from '../../src/fleet/store/store.ts';
import type { DesiredState } from '../../src/rules/desired.ts';
import type { PlanOptions } from '../../src/rules/plan.ts';
import { MemoryKeeper, SimulatedDirector } from './simulated-director.ts';
import { usualOptions } from './simulated-fleet.ts';

/** A simulated director that records every table applied to it. */
class RecordedDirector extends SimulatedDirector {
  readonly tables: string[] = [];

  override async converge(desired: DesiredState, options: ConvergeOptions): Promise<Outcome> {
    const outcome = await super.converge(desired, options);
    if (outcome.kind === 'done') this.tables.push(this.rules());
    return outcome;
  }
}

/** An agent that runs as under `ipvsadm-fleet agent`, but on a simulated director; it can be stopped and restarted. */
export class LiveAgent {
  readonly director = new RecordedDirector();
  readonly keeper = new MemoryKeeper();
  readonly name: string;
  /** The machine that it runs on; another one's identity makes it the agent of a clone. */
  machine: Machine;
  /** The lines that the agent has logged. */
  readonly logged: string[] = [];
  report: Report | undefined;
  readonly #fleet: string;
  readonly #open: () => Store;
  readonly #options: PlanOptions;
  #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  /** @param open opens the store as this agent's own client */
  constructor(name: string, fleet: string, open: () => Store, options: PlanOptions = {}) {
    this.name = name;
    this.machine = { id: name, host: name };
    this.#fleet = fleet;
    this.#open = open;
    this.#options = options;
  }

  start(boot = 'boot-1'): void {
    this.#stop = new AbortController();
    this.#running = this.#run(boot, { once: false, accept: false });
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Runs one turn, as `agent --once` does. */
  async once(accept = false): Promise<Report> {
    await this.#run('boot-1', { once: true, accept });
    assert.ok(this.report);
    return this.report;
  }

  async #run(boot: string, options: { readonly once: boolean; readonly accept: boolean }): Promise<void> {
    const store = this.#open();
    try {
      const life = { now: Date.now, stop: this.#stop.signal };
      const agent = {
        orders: new FleetOrders({
          ...life,
          ...{ store, keys: keysOf(this.#fleet), fleet: this.#fleet, name: this.name },
          machine: this.machine,
        }),
        ...{ director: this.director, keeper: this.keeper, options: this.#options },
        ...{ ...life, version: 'test' },
        log: (line: string) => this.logged.push(line),
      };
      const notify = () => {};
      const onTurn = (report: Report) => {
        this.report = report;
      };
      this.report = await runAgent(agent, { boot, notify, onTurn, ...options });
    } finally {
      await store.close();
    }
  }
}

/** A fleet of live agents, and an operator. */
export class LiveFleet {
  readonly name: string;
  readonly keys: Keys;
  /** The operator's client. */
  readonly store: Store;
  readonly agents: readonly LiveAgent[];
  #lastId = 0;

  constructor(name: string, store: Store, agents: readonly LiveAgent[]) {
    this.name = name;
    this.keys = keysOf(name);
    this.store = store;
    this.agents = agents;
  }

  /** Starts all agents, and waits until the store shows them as alive. */
  async start(): Promise<void> {
    for (const agent of this.agents) agent.start();
    await until(async () => (await readFleet(this.store, this.keys)).alive.size === this.agents.length);
  }

  async close(): Promise<void> {
    await Promise.all(this.agents.map((agent) => agent.end()));
  }

  async group(name: string, group: string): Promise<void> {
    const put = putDocument(this.keys.director(name), directorDocument, { group });
    await this.store.commit({ compares: [], puts: [put] });
  }

  async publish(rules: string, allowEmpty = false): Promise<number> {
    const { revision } = await publish(this.store, this.keys, this.name, {
      desired: readRules(rules),
      ...{ message: 'test', author: 'tester', time: new Date().toISOString(), allowEmpty },
    });
    return revision.number;
  }

  /** Writes a new rollout to the store, without driving it. Returns its ID. */
  async begin(revision: number, options: Partial<RolloutOptions> = {}, waves = '50%,100%'): Promise<string> {
    const fleet = await readFleet(this.store, this.keys);
    const id = `rollout ${++this.#lastId}`;
    const rollout = startRollout(fleet, {
      ...{ revision, canary: 1, waves: parseWaves(waves), options: { ...usualOptions, ...options } },
      ...{ id, holder: id, now: Date.now() },
    });
    await placeRollout(this.store, this.keys, fleet.rollout, rollout);
    return id;
  }

  /** Drives a rollout as its command does; by default, it answers every question with yes. */
  async drive(id: string, store = this.store, ask = async () => true): Promise<DriveEnd> {
    return drive({
      ...{ store, keys: this.keys, id, holder: id, now: Date.now, stop: new AbortController().signal },
      ask,
      check: async () => undefined,
      show: () => {},
      onUnreachable: () => {},
    });
  }

  /** Rolls a revision out, and returns the ended rollout. */
  async rollOut(
    revision: number,
    options: Partial<RolloutOptions> = {},
    store = this.store,
  ): Promise<Rollout> {
    const end = await this.drive(await this.begin(revision, options), store);
    assert.ok(end.kind === 'ended', end.kind);
    return end.rollout;
  }
}

/** Waits until `condition` holds; throws if that takes longer than `seconds`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  seconds = 30,
  what = 'the condition',
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what} took too long`);
    await sleep(50);
  }
}
