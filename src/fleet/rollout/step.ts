import type { Rollout } from '../documents/rollout.ts';
import type { Target } from '../documents/target.ts';

/** The next step of a driver. */
export type Step =
  /** Write the rollout and targets in one transaction that compares the rollout's modification revision. */
  | { readonly act: 'commit'; readonly rollout: Rollout; readonly targets: ReadonlyMap<string, Target> }
  /** Renew the time in which directors of the current wave must be confirmed. */
  | { readonly act: 'renew' }
  /** Read the fleet again after this time, or when something changes. */
  | { readonly act: 'wait'; readonly for: string; readonly milliseconds: number }
  /** Show the directors' plans and ask for approval; then `begin`. */
  | { readonly act: 'ask' }
  /** Renew the time of the directors, and run the check command for the current wave; then `checked`. */
  | { readonly act: 'check'; readonly directors: readonly string[] }
  | { readonly act: 'end' };

/** Maximum number of targets per transaction: etcd allows 128 operations. */
export const targetsAtOnce = 100;

/** Maximum number of milliseconds after which a driver that waits reads the fleet again. */
export const maxWait = 10_000;

/** Returns the step that writes a changed rollout, together with targets. */
export function commit(
  rollout: Rollout,
  changes: Partial<Rollout>,
  now: number,
  targets: ReadonlyMap<string, Target> = new Map(),
): Step {
  return { act: 'commit', rollout: changed(rollout, changes, now), targets };
}

/** Returns a rollout with changes, and the time at which they are made. */
export function changed(rollout: Rollout, changes: Partial<Rollout>, now: number): Rollout {
  return { ...rollout, ...changes, changed: new Date(now).toISOString() };
}

/** Shortens a list of names to one line of bounded length. */
export function some(names: readonly string[]): string {
  const [first = '', ...others] = names;
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
