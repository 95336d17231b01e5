import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, type Target } from '../../traffic/agent.ts';
import type { FleetLab } from './fleet-lab.ts';
import { clientAddress, fleetPlan } from './layout.ts';

const { vip, directors } = fleetPlan;
const from = directors.map((_, index) => clientAddress(index + 1));

/** Milliseconds between two rounds of visits to a service, which leave processor time for everything else. */
const pause = 100;

/** Clients that visit services through all directors, each visit on a new connection. */
export class Visitors {
  /** Number of answered visits. */
  answered = 0;
  readonly failures: string[] = [];
  #isOver = false;
  readonly #loops: readonly Promise<void>[];

  private constructor(client: Agent, targets: readonly Target[]) {
    this.#loops = targets.map((target) => this.#visit(client, target));
  }

  /** Starts the servers and the visits; the services must exist already. */
  static async start({ world }: FleetLab, ports: readonly number[]): Promise<Visitors> {
    const web = new Agent(world, 'web');
    for (const port of ports) await web.serve({ port });
    return new Visitors(
      new Agent(world, 'client'),
      ports.map((port) => ({ address: vip, port })),
    );
  }

  async #visit(client: Agent, target: Target): Promise<void> {
    while (!this.#isOver) {
      for (const visit of await client.visit(target, { times: 2 * directors.length, from })) {
        if ('error' in visit) this.failures.push(`${target.port}: ${visit.error}`);
        else this.answered++;
      }
      await sleep(pause);
    }
  }

  /** Ends the visits. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
  }
}
