import type { DesiredState } from '../../rules/desired.ts';
import { readRules } from '../revisions/rules.ts';

/** Number of rule sets that are remembered: the one that is applied, the one that is wanted, and the one before. */
const kept = 3;

/** Rule sets by their SHA-256, the one that was used last at the end. */
const parsed = new Map<string, DesiredState>();

/**
 * Returns the state that a revision's rules describe. A turn needs it up to four times, and parsing 55,000 rules takes a quarter of a
 * second.
 *
 * @throws {RulesError}
 */
export function parsedRules(sha256: string, rules: string): DesiredState {
  const desired = parsed.get(sha256) ?? readRules(rules);
  parsed.delete(sha256);
  parsed.set(sha256, desired);
  for (const oldest of parsed.keys()) {
    if (parsed.size <= kept) break;
    parsed.delete(oldest);
  }
  return desired;
}
