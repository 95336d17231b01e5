import type { DesiredState } from '../../rules/desired.ts';
import { readRules } from '../revisions/rules.ts';

/** Number of cached rule sets: the applied one, the wanted one and the previous one. */
const cacheSize = 3;

/** Cached rule sets by their SHA-256, the least recently used first. */
const parsed = new Map<string, DesiredState>();

/**
 * Returns the state that a revision's rules describe, from a cache if possible: a turn needs it up to four times, and parsing
 * 55,000 rules takes a quarter of a second.
 *
 * @throws {RulesError}
 */
export function parsedRules(sha256: string, rules: string): DesiredState {
  const desired = parsed.get(sha256) ?? readRules(rules);
  parsed.delete(sha256);
  parsed.set(sha256, desired);
  for (const oldest of parsed.keys()) {
    if (parsed.size <= cacheSize) break;
    parsed.delete(oldest);
  }
  return desired;
}
