import type { ConvergeOptions, Director, FinalOutcome, Outcome } from '../../../src/fleet/agent/director.ts';
import { type DirectorState, initialState } from '../../../src/ipvs/state.ts';
import type { DesiredState } from '../../../src/rules/desired.ts';
import { stateOf } from '../../fleet/idle-director.ts';

/** A director that applies everything at once, and keeps only its agent's own services, so that a thousand fit into memory. */
export class ScriptedDirector implements Director {
  #state: DirectorState = initialState;

  async state(): Promise<DirectorState> {
    return this.#state;
  }

  async converge(desired: DesiredState, { owns }: ConvergeOptions): Promise<Outcome> {
    const table = new Map([...desired.table].filter(([, { service }]) => owns?.(service) !== false));
    this.#state = stateOf({ ...desired, table });
    return { kind: 'done' };
  }

  carryOut(): Promise<FinalOutcome> {
    throw new Error('a scripted director does not drain servers');
  }

  async findings(): Promise<[]> {
    return [];
  }
}
