import type { KeyObject } from 'node:crypto';
import type { Agent } from '../../src/fleet/agent/agent.ts';
import { acceptStore } from '../../src/fleet/agent/decide.ts';
import { FleetOrders } from '../../src/fleet/agent/fleet-orders.ts';
import { type Memory, newMemory } from '../../src/fleet/agent/memory.ts';
import type { Orders } from '../../src/fleet/agent/orders.ts';
import { type Turn, turn } from '../../src/fleet/agent/turn.ts';
import { putDocument } from '../../src/fleet/documents/entries.ts';
import { keysOf } from '../../src/fleet/documents/keys.ts';
import { aliveDocument, type Report, reportDocument } from '../../src/fleet/documents/report.ts';
import { publish } from '../../src/fleet/revisions/publish.ts';
import { readRules } from '../../src/fleet/revisions/rules.ts';
import { StoreError } from '../../src/fleet/store/error.ts';
import type { Store } from '../../src/fleet/store/store.ts';
import type { PlanOptions } from '../../src/rules/plan.ts';
import { MemoryKeeper, SimulatedDirector } from './simulated-director.ts';

export const fleetName = 'test';
export const keys = keysOf(fleetName);

/** Options of {@link SimulatedAgent}. */
export interface SimulatedAgentOptions {
  readonly options?: PlanOptions;
  readonly trusted?: readonly KeyObject[];
  readonly now?: () => number;
}

/** The real agent on a simulated director; the test triggers each turn. */
export class SimulatedAgent {
  readonly director = new SimulatedDirector();
  readonly keeper = new MemoryKeeper();
  readonly name: string;
  readonly #store: Store;
  readonly #agent: Agent;
  /** The lines that the agent has logged. */
  readonly logged: string[] = [];
  boot = 'boot-1';
  #last: Turn | undefined;

  constructor(
    store: Store,
    name: string,
    { options = {}, trusted, now = Date.now }: SimulatedAgentOptions = {},
  ) {
    this.name = name;
    this.#store = store;
    const stop = new AbortController().signal;
    this.#agent = {
      orders: new FleetOrders({
        ...{ store, keys, fleet: fleetName, name, trusted, now, stop },
        machine: { id: name, host: name },
      }),
      director: this.director,
      keeper: this.keeper,
      options,
      now,
      version: 'test',
      stop,
      log: (line) => this.logged.push(line),
    };
  }

  /** Runs one turn, and writes its report to the store unless that fails. */
  async turn(): Promise<Report> {
    return this.turnOn(await this.read());
  }

  /** Runs one turn on orders that were read earlier. */
  async turnOn(orders: Orders): Promise<Report> {
    const memory = this.#memory();
    const done = await turn(this.#agent, { ...this.#last, memory }, orders, this.boot);
    this.#last = done;
    try {
      const puts = [
        putDocument(keys.report(this.name), reportDocument, done.report),
        putDocument(keys.presence(this.name), aliveDocument, { since: done.report.time, machine: this.name }),
      ];
      await this.#store.commit({ compares: [], puts });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
    return done.report;
  }

  /** Returns the report of the last turn. */
  get report(): Report | undefined {
    return this.#last?.report;
  }

  read(): Promise<Orders> {
    return this.#agent.orders.read(this.#memory());
  }

  #memory(): Memory {
    return this.keeper.load() ?? newMemory(this.boot);
  }

  /** Kills the process: only what its keeper has saved survives. */
  kill(): void {
    this.#last = undefined;
  }

  /** Starts the process again, with `--accept-store`. */
  accept(): void {
    this.kill();
    this.keeper.save(acceptStore(this.#memory()));
  }
}

/** Returns rules with one service, at a port, of this many servers. */
export function rulesFor(servers: number, port = 80, scheduler = 'wlc'): string {
  const lines = [`-A -t 192.0.2.1:${port} -s ${scheduler}`];
  for (let server = 1; server <= servers; server++)
    lines.push(`-a -t 192.0.2.1:${port} -r 10.0.0.${server}:80 -m -w 1`);
  return `${lines.join('\n')}\n`;
}

/** Publishes rules and returns their revision number. */
export async function publishRules(store: Store, rules: string, key?: KeyObject): Promise<number> {
  const { revision } = await publish(store, keys, fleetName, {
    desired: readRules(rules),
    message: 'test',
    author: 'tester',
    time: '2026-11-28T22:00:00.000Z',
    key,
  });
  return revision.number;
}
