import type { ServiceEntry } from '../ipvs/table.ts';
import type { Desired } from './desired.ts';

/** Everything that the guards let pass when it is asked for. */
export interface GuardOptions {
  /** Rules that say nothing of services and servers may empty a table. */
  readonly allowEmpty: boolean;
}

/** Why the guards do not let one table be made out of another. */
export interface GuardFault {
  readonly code: 'would-empty';
  /** The number of services that would be removed. */
  readonly services: number;
}

/**
 * Returns why the table that the kernel has must not be made the desired one; `undefined` where it may.
 *
 * Rules that say nothing of the table are most likely no rules at all: the output of a command that failed, an empty file,
 * or `/dev/null` under cron(8).
 */
export function guardFault(
  current: readonly ServiceEntry[],
  { tableRules }: Pick<Desired, 'table' | 'tableRules'>,
  { allowEmpty }: GuardOptions,
): GuardFault | undefined {
  if (tableRules > 0 || allowEmpty || current.length === 0) return undefined;
  return { code: 'would-empty', services: current.length };
}
