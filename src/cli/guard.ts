import type { ServiceEntry } from '../ipvs/table.ts';
import type { Desired } from '../rules/desired.ts';
import { type GuardOptions, guardFault } from '../rules/guards.ts';
import { guardSentence } from '../rules/messages.ts';
import type { Streams } from './streams.ts';

/** Whether a guard refuses to make `current` what is desired; says why on standard error. */
export function isGuarded(
  current: readonly ServiceEntry[],
  desired: Pick<Desired, 'table' | 'tableRules'>,
  { err }: Pick<Streams, 'err'>,
  options: GuardOptions,
): boolean {
  const fault = guardFault(current, desired, options);
  if (fault) err.write(`${guardSentence(fault)}\n`);
  return fault !== undefined;
}
