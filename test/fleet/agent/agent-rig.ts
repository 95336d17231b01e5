import assert from 'node:assert/strict';
import { putDocument } from '../../../src/fleet/documents/entries.ts';
import { overrideDocument } from '../../../src/fleet/documents/operator.ts';
import type { Report } from '../../../src/fleet/documents/report.ts';
import { type Target, targetDocument } from '../../../src/fleet/documents/target.ts';
import { StoreError } from '../../../src/fleet/store/error.ts';
import {
  keys,
  publishRules,
  rulesFor,
  SimulatedAgent,
  type SimulatedAgentOptions,
} from '../simulated-agent.ts';
import type { SimulatedDirector } from '../simulated-director.ts';
import { InterceptedStore } from '../store/intercepted-store.ts';

const startOfTest = '2026-11-28T22:00:00.000Z';

/** The agent of director lb1, with its store and its clock; the test gives the orders and triggers each turn. */
export class AgentRig {
  readonly store = new InterceptedStore();
  agent: SimulatedAgent;
  /** Milliseconds since 1970. */
  time = Date.parse(startOfTest);

  private constructor() {
    this.agent = this.#newAgent();
  }

  /** Returns a rig in whose store revisions 1, with three servers, and 2, with two, are published. */
  static async withTwoRevisions(): Promise<AgentRig> {
    const rig = new AgentRig();
    await publishRules(rig.store, rulesFor(3));
    await publishRules(rig.store, rulesFor(2));
    return rig;
  }

  #newAgent(options: Omit<SimulatedAgentOptions, 'now'> = {}): SimulatedAgent {
    return new SimulatedAgent(this.store, 'lb1', { now: () => this.time, ...options });
  }

  /** Replaces the agent by a new one, on a director with an empty table. */
  replaceAgent(options: Omit<SimulatedAgentOptions, 'now'>): void {
    this.agent = this.#newAgent(options);
  }

  get director(): SimulatedDirector {
    return this.agent.director;
  }

  turn(): Promise<Report> {
    return this.agent.turn();
  }

  async order(target: Partial<Target>): Promise<void> {
    const content = { rollout: 'r1', ...target };
    await this.store.commit({
      compares: [],
      puts: [putDocument(keys.target('lb1'), targetDocument, content)],
    });
  }

  /** Writes the target, and runs one turn on it. */
  async obey(target: Partial<Target>): Promise<Report> {
    await this.order(target);
    return this.turn();
  }

  /** Orders a server out of service. */
  async override(server: string, since = startOfTest): Promise<void> {
    const mark = { by: 'alice', since, reason: 'broken' };
    await this.store.commit({
      compares: [],
      puts: [putDocument(keys.override(server), overrideDocument, mark)],
    });
  }

  /** Removes an override. */
  async release(server: string): Promise<void> {
    await this.store.commit({ compares: [], puts: [], deletes: [keys.override(server)] });
  }

  /** Ends an override explicitly, for directors that the order of another store has reached. */
  async end(server: string): Promise<void> {
    const mark = { by: 'alice', since: startOfTest, reason: '', ended: true } as const;
    await this.store.commit({
      compares: [],
      puts: [putDocument(keys.override(server), overrideDocument, mark)],
    });
  }

  /** Returns the weights of the first three servers; undefined for one that the table lacks. */
  weights(): (number | undefined)[] {
    return ['10.0.0.1 80', '10.0.0.2 80', '10.0.0.3 80'].map((server) =>
      this.director.weightOf('tcp 192.0.2.1 80', server),
    );
  }

  breakStore(): void {
    this.store.failure = new StoreError('unreachable', 'memory', 'nobody answers');
  }

  /** Restores the store, restarts the agent with `--accept-store`, and runs one turn. */
  async acceptBackup(backup: Parameters<InterceptedStore['restore']>[0]): Promise<void> {
    this.store.restore(backup);
    this.agent.accept();
    await this.turn();
  }

  /** Reboots the director, which empties the table. */
  reboot(): void {
    this.director.reboot();
    this.agent.boot = 'boot-2';
  }

  /** Kills the process during its next change, which leaves the table as `rules`. Resolves to the change's drain time. */
  async killDuringChange(rules: string): Promise<number | undefined> {
    const { director } = this;
    const { converge } = director;
    let time: number | undefined;
    director.converge = async (_, { drain }) => {
      time = drain;
      director.setRules(rules);
      throw new Error('killed');
    };
    await assert.rejects(this.turn(), /killed/);
    director.converge = converge;
    this.agent.kill();
    return time;
  }
}
