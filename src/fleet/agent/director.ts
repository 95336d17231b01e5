import type { DirectorState } from '../../ipvs/state.ts';
import type { DesiredState } from '../../rules/desired.ts';
import type { PlanOptions } from '../../rules/plan.ts';
import type { Step } from '../../rules/step.ts';
import type { Report } from '../documents/report.ts';

/** Result of changing the table. All kinds but `done` leave it as it was, except `interrupted`, which leaves it half changed. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'guard' | 'kernel' | 'locked'; readonly reason: string }
  /** Stopped while servers drained: they are still there, with weight 0. */
  | { readonly kind: 'interrupted' };

/** Result of changing the table without draining, which cannot be interrupted. */
export type FinalOutcome = Exclude<Outcome, { kind: 'interrupted' }>;

/** Options of {@link Director.converge}. */
export interface ConvergeOptions extends PlanOptions {
  /** Seconds for which removed servers are drained. */
  readonly drain?: number | undefined;
  readonly stop?: AbortSignal | undefined;
}

/** The director that an agent runs on. */
export interface Director {
  state(): Promise<DirectorState>;
  /** Converges the director to the desired state, completely or not at all, under the table's lock. */
  converge(desired: DesiredState, options: ConvergeOptions): Promise<Outcome>;
  /** Carries out steps that were planned for a state, all or none, under the table's lock. */
  carryOut(state: DirectorState, steps: readonly Step[], options: PlanOptions): Promise<FinalOutcome>;
  /** Finds the problems that keep services from working. */
  findings(): Promise<Report['findings']>;
}
