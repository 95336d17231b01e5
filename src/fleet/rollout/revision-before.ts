import { valueFor } from '../documents/record.ts';
import type { Rollout } from '../documents/rollout.ts';
import { FleetError } from '../fleet-error.ts';
import type { FleetState } from '../status/fleet-state.ts';
import { targetedBy } from './start.ts';

/**
 * Returns the revision to which a rollback will return the directors of a rollout that begins, whichever of them that has changed
 * by then.
 *
 * @throws {FleetError} if there is none, or they have different ones now.
 */
export function commonRevision(rollout: Rollout): number {
  const [first, ...others] = formerRevisions(rollout, rollout.waves.flat(2));
  if (first !== undefined && others.length === 0 && first !== rollout.revision) return first;
  const found =
    first === undefined
      ? 'have none'
      : others.length > 0
        ? `have different ones (${[first, ...others].join(', ')})`
        : `have revision ${first} already`;
  throw new FleetError(`--on-failure rollback needs a revision to go back to, and the directors ${found}`);
}

/**
 * Returns the revision that the directors changed by a rollout had before. If they had none, as new directors, they get the one
 * of the others.
 *
 * @throws {FleetError} if there is none, if they had different ones, or if the rollout was a rollback itself: undoing that would
 *   restore the faulty rules.
 */
export function revisionBefore(fleet: Pick<FleetState, 'targets'>, rollout: Rollout): number {
  const { restores, revision, waves } = rollout;
  if (restores !== undefined) {
    throw new FleetError(
      `the last rollout was a rollback to the rules of revision ${restores}: choose a revision with --to`,
    );
  }
  const targeted = targetedBy(fleet, rollout);
  if (targeted.length === 0)
    throw new FleetError(
      `no director was updated to revision ${revision}, so there is nothing to undo: choose a revision with --to`,
    );
  const own = formerRevisions(rollout, targeted);
  const before = own.length > 0 ? own : formerRevisions(rollout, waves.flat(2));
  const [first] = before;
  if (before.length > 1) {
    const numbers = before.join(', ');
    throw new FleetError(
      `the directors had different revisions before (${numbers}): choose a revision with --to`,
    );
  }
  if (first === undefined)
    throw new FleetError('the directors had no revision before: choose a revision with --to');
  if (first === revision)
    throw new FleetError(`the directors had revision ${revision} before, too: choose a revision with --to`);
  return first;
}

/** Returns the different revisions that directors had before a rollout. */
function formerRevisions({ former }: Rollout, names: readonly string[]): number[] {
  return [...new Set(names.flatMap((name) => valueFor(former, name) ?? []))];
}
