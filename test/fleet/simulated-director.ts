import type { ConvergeOptions, Director, FinalOutcome, Outcome } from '../../src/fleet/agent/director.ts';
import type { Keeper } from '../../src/fleet/agent/keeper.ts';
import { type Memory, memoryDocument, rulesNamed } from '../../src/fleet/agent/memory.ts';
import type { Report } from '../../src/fleet/documents/report.ts';
import { readRules, writeRules } from '../../src/fleet/revisions/rules.ts';
import { destinationKey, serverKey, serviceKey } from '../../src/ipvs/model.ts';
import { type DirectorState, initialState } from '../../src/ipvs/state.ts';
import { type DesiredState, toDesiredTable } from '../../src/rules/desired.ts';
import { GuardError } from '../../src/rules/guards.ts';
import { plan } from '../../src/rules/plan.ts';
import type { Step } from '../../src/rules/step.ts';
import { stateOf } from './idle-director.ts';

/** A director whose kernel state is a plain value: it accepts any rules, unless the test makes it refuse them. */
export class SimulatedDirector implements Director {
  #state: DirectorState = initialState;
  /** Returns why the kernel refuses a state; undefined if it accepts it. */
  refuses: (desired: DesiredState) => string | undefined = () => undefined;
  problems: Report['findings'] = [];
  /** Number of changes of the table. */
  changes = 0;

  async state(): Promise<DirectorState> {
    return this.#state;
  }

  async converge(
    desired: DesiredState,
    { drain: _, stop: __, ...options }: ConvergeOptions,
  ): Promise<Outcome> {
    try {
      plan(this.#state, desired, options);
    } catch (error) {
      if (error instanceof GuardError) return { kind: 'guard', reason: error.message };
      throw error;
    }
    const reason = this.refuses(desired);
    if (reason !== undefined) return { kind: 'kernel', reason };
    const { table } = this.#state;
    this.#state = stateOf(desired);
    if (options.keepWeights) this.#keepWeights(table);
    this.changes++;
    return { kind: 'done' };
  }

  #keepWeights(before: DirectorState['table']): void {
    const weights = new Map(
      before.flatMap(({ service, destinations }) =>
        destinations.map(({ id, weight }) => [destinationKey(service.id, id), weight] as const),
      ),
    );
    const table = this.#state.table.map(({ service, destinations }) => ({
      service,
      destinations: destinations.map((server) => ({
        ...server,
        weight: weights.get(destinationKey(service.id, server.id)) ?? server.weight,
      })),
    }));
    this.#state = { ...this.#state, table };
  }

  async carryOut(state: DirectorState, steps: readonly Step[]): Promise<FinalOutcome> {
    this.#state = { ...state, table: steps.reduce(afterStep, state.table) };
    this.changes++;
    return { kind: 'done' };
  }

  async findings(): Promise<Report['findings']> {
    return this.problems;
  }

  /** Empties the table, as a reboot does. */
  reboot(): void {
    this.#state = initialState;
  }

  /** Replaces the table, as if somebody had changed it by hand. */
  setRules(rules: string): void {
    this.#state = stateOf(readRules(rules));
  }

  /** Returns the table as rules. */
  rules(): string {
    return writeRules({ table: toDesiredTable(this.#state.table) });
  }

  weightOf(service: string, server: string): number | undefined {
    const entry = this.#state.table.find(({ service: { id } }) => serviceKey(id) === service);
    return entry?.destinations.find(({ id }) => serverKey(id) === server)?.weight;
  }
}

/** Returns a table after an edit; agents carry out nothing else step by step. */
function afterStep(table: DirectorState['table'], { command }: Step): DirectorState['table'] {
  if (command.name !== 'edit-service' && command.name !== 'edit-server')
    throw new Error(`unexpected step: ${command.name}`);
  return table.map((entry) => {
    const { service, destinations } = entry;
    if (serviceKey(service.id) !== serviceKey(command.service)) return entry;
    if (!('server' in command)) return { ...entry, service: { ...service, ...command.settings } };
    const edited = serverKey(command.server);
    return {
      service,
      destinations: destinations.map((server) =>
        serverKey(server.id) === edited ? { ...server, ...command.settings } : server,
      ),
    };
  });
}

/** Keeps an agent's state in memory, but as text, like a state folder. */
export class MemoryKeeper implements Keeper {
  #memory: string | undefined;
  readonly #rules = new Map<string, string>();

  load(): Memory | undefined {
    return this.#memory === undefined ? undefined : memoryDocument.decode('memory', this.#memory);
  }

  save(memory: Memory): void {
    this.#memory = memoryDocument.encode(memory);
    const named = rulesNamed(memory);
    for (const sha256 of this.#rules.keys()) if (!named.has(sha256)) this.#rules.delete(sha256);
  }

  saveRules(sha256: string, rules: string): void {
    this.#rules.set(sha256, rules);
  }

  loadRules(sha256: string): string | undefined {
    return this.#rules.get(sha256);
  }

  /** Deletes all rules, as if somebody had removed the files of a state folder. */
  loseRules(): void {
    this.#rules.clear();
  }
}
