import type { Rollout } from '../documents/rollout.ts';

/** A director that is left out of a rollout from now on. */
export interface Omission {
  readonly name: string;
  readonly kind: 'failed' | 'skipped';
  readonly reason: string;
}

/**
 * Adds omissions to those of the rollout, and halts it if too many directors have failed. Returns undefined if none of them is
 * new.
 */
export function withOmissions(
  rollout: Rollout,
  omissions: readonly Omission[],
): Partial<Rollout> | undefined {
  const fresh = omissions.filter(({ name, kind }) => !Object.hasOwn(rollout[kind], name));
  if (fresh.length === 0) return undefined;
  const merged = (wanted: Omission['kind']) => ({
    ...rollout[wanted],
    ...Object.fromEntries(
      fresh.filter(({ kind }) => kind === wanted).map(({ name, reason }) => [name, reason]),
    ),
  });
  const changes = { failed: merged('failed'), skipped: merged('skipped') };
  const isFailure = fresh.some(({ kind }) => kind === 'failed');
  return isFailure ? { ...changes, ...halt({ ...rollout, ...changes }) } : changes;
}

/** Returns what halts a rollout in which more directors have failed than may, or than an operator has accepted. */
function halt({ failed, accepted = 0, options }: Rollout): Partial<Rollout> | undefined {
  const failures = Object.entries(failed);
  if (failures.length <= Math.max(options.maxFailures, accepted)) return undefined;
  // Those accepted come first, in the order of their failing.
  const [first, ...others] = failures.slice(accepted);
  const more = others.length > 0 ? `; ${others.length} more failed` : '';
  return { state: 'halted', reason: `${first?.[0]}: ${first?.[1].slice(0, longestFirst)}${more}` };
}

/** Length to which the first reason is cut, so that the number of further ones behind it is not. */
const longestFirst = 800;
