import type { DirectorState } from '../../ipvs/state.ts';
import type { DesiredState } from '../../rules/desired.ts';
import type { PlanOptions } from '../../rules/plan.ts';
import type { Step } from '../../rules/step.ts';
import type { Report } from '../documents/report.ts';

/** Result of changing the table; all but `done` leave it as it was, and `interrupted` in between. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'guard' | 'kernel' | 'locked'; readonly reason: string }
  /** It was told to end while servers drained: they are there, with weight 0. */
  | { readonly kind: 'interrupted' };

/** Result of changing the table where nothing is waited for. */
export type FinalOutcome = Exclude<Outcome, { kind: 'interrupted' }>;

/** How {@link Director.converge} goes about it. */
export interface ConvergeOptions extends PlanOptions {
  /** Seconds for which removed servers are drained. */
  readonly drain?: number | undefined;
  readonly stop?: AbortSignal | undefined;
}

/** The director that an agent runs on. */
export interface Director {
  state(): Promise<DirectorState>;
  /** Makes the director what is desired, wholly or not at all, while nobody else does. */
  converge(desired: DesiredState, options: ConvergeOptions): Promise<Outcome>;
  /** Carries steps out that were made for a state, wholly or not at all. */
  carryOut(state: DirectorState, steps: readonly Step[], options: PlanOptions): Promise<FinalOutcome>;
  /** Looks for what keeps services from working. */
  findings(): Promise<Report['findings']>;
}
