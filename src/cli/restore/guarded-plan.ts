import type { DirectorState } from '../../ipvs/state.ts';
import type { RestoreOptions } from '../../rules/command.ts';
import type { DesiredState } from '../../rules/desired.ts';
import { GuardError, refusalOf } from '../../rules/guards.ts';
import { ownership } from '../../rules/ownership.ts';
import { type PlanOptions, plan } from '../../rules/plan.ts';
import type { Plan } from '../../rules/step.ts';
import type { Streams } from '../stdio/streams.ts';

/** Plans the change from `current` to `desired`. If a guard refuses the plan, reports why and returns `undefined`. */
export function planGuarded(
  current: DirectorState,
  desired: DesiredState,
  options: RestoreOptions,
  streams: Pick<Streams, 'err'>,
): Plan | undefined {
  try {
    return plan(current, desired, planOptions(options));
  } catch (error) {
    return reportGuard(error, streams);
  }
}

/** Reports why a guard refused a plan. Rethrows any other error. */
export function reportGuard(error: unknown, { err }: Pick<Streams, 'err'>): undefined {
  if (!(error instanceof GuardError)) throw error;
  err.write(`${refusalOf(error)}\n`);
}

/** Returns scope and guards of a plan. */
export function planOptions(options: RestoreOptions): PlanOptions {
  const { keepWeights, allowEmpty, maxRemovals, minServers } = options;
  return { owns: ownership(options), keepWeights, guards: { allowEmpty, maxRemovals, minServers } };
}
