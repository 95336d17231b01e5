import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetOrders } from '../../../src/fleet/agent/fleet-orders.ts';
import { type RunOptions, runAgent } from '../../../src/fleet/agent/loop.ts';
import type { Machine } from '../../../src/fleet/agent/machine.ts';
import { putDocument } from '../../../src/fleet/documents/entries.ts';
import { type Override, overrideDocument } from '../../../src/fleet/documents/operator.ts';
import type { Report } from '../../../src/fleet/documents/report.ts';
import { type Target, targetDocument } from '../../../src/fleet/documents/target.ts';
import { type FleetState, readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { StoreError } from '../../../src/fleet/store/error.ts';
import { fleetName, keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { MemoryKeeper, SimulatedDirector } from '../simulated-director.ts';
import { InterceptedStore } from '../store/intercepted-store.ts';

type LoopOptions = Partial<Pick<RunOptions, 'once' | 'boot' | 'onTurn'>>;

/** The loop of an agent on a simulated director; it runs in real time. */
export class LoopRig {
  readonly store = new InterceptedStore();
  readonly director = new SimulatedDirector();
  readonly keeper = new MemoryKeeper();
  readonly #machine: Machine = { id: 'machine-1', host: 'lb1.ams' };
  readonly #stop = new AbortController();
  #running: Promise<unknown> | undefined;
  /** The lines that the agent has logged. */
  logged: string[] = [];
  /** The states of which the agent has notified systemd. */
  readonly notified: string[] = [];
  /** Milliseconds by which the clock has been moved. */
  clockStep = 0;

  /** Returns a rig in whose store revisions 1, with one server, and 2, with two, are published. */
  static async withTwoRevisions(): Promise<LoopRig> {
    const rig = new LoopRig();
    await publishRules(rig.store, rulesFor(1));
    await publishRules(rig.store, rulesFor(2));
    return rig;
  }

  #run(options: LoopOptions) {
    const now = () => Date.now() + this.clockStep;
    const { signal: stop } = this.#stop;
    const { store, director, keeper } = this;
    const agent = {
      orders: new FleetOrders({
        ...{ store, keys, fleet: fleetName, name: 'lb1', now, stop },
        machine: this.#machine,
      }),
      ...{ director, keeper, now, stop },
      options: {},
      version: 'test',
      log: (line: string) => this.logged.push(line),
    };
    return runAgent(agent, {
      boot: 'boot-1',
      once: false,
      accept: false,
      notify: (state) => this.notified.push(state),
      ...options,
    });
  }

  /** Runs a single turn. */
  async runOnce(options: Omit<LoopOptions, 'once'> = {}): Promise<void> {
    await this.#run({ once: true, ...options });
  }

  /** Starts the loop, which runs until {@link end}. */
  start(options: Pick<LoopOptions, 'onTurn'> = {}): void {
    this.#running = this.#run(options);
  }

  /** Stops the loop, and waits for its end. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async order(revision: number, more: Partial<Target> = {}): Promise<void> {
    const put = putDocument(keys.target('lb1'), targetDocument, { rollout: 'r', revision, ...more });
    await this.store.commit({ compares: [], puts: [put] });
  }

  /** Orders a server out of service. */
  async override(server: string, more: Partial<Override> = {}): Promise<void> {
    const mark = { by: 'x', since: '2026-11-28T22:00:00.000Z', reason: '', ...more };
    await this.store.commit({
      compares: [],
      puts: [putDocument(keys.override(server), overrideDocument, mark)],
    });
  }

  breakStore(): void {
    this.store.failure = new StoreError('unreachable', 'memory', 'nobody answers');
  }

  fleet(): Promise<FleetState> {
    return readFleet(this.store, keys);
  }

  /** Returns the report in the store. */
  async report(): Promise<Report | undefined> {
    return (await this.fleet()).reports.get('lb1')?.content;
  }

  /** Waits until the table is that of {@link rulesFor} so many servers. */
  untilServers(servers: number): Promise<void> {
    return until(() => this.director.rules() === rulesFor(servers));
  }
}

/** Waits for a condition, for at least five seconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    assert.ok(tries < 500, 'the condition was not met in time');
    await sleep(10);
  }
}
