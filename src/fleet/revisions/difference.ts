import { plan } from '../../rules/plan.ts';
import type { Plan } from '../../rules/step.ts';
import { readRules, stateOf } from './rules.ts';

/** Returns how a director with the rules `from` gets the rules `to`, both as revisions hold them. */
export function difference(from: string, to: string): Plan {
  return plan(stateOf(readRules(from)), readRules(to));
}
