import type { Keys } from '../documents/keys.ts';
import type { Revision } from '../documents/revision.ts';
import { FleetError } from '../fleet-error.ts';
import { surveyFleet } from '../status/fleet-state.ts';
import type { Store } from '../store/store.ts';
import { NoRevisionError, readHistory, readRevision } from './read.ts';

/** A revision, and its rules as text. */
type RevisionWithRules = Awaited<ReturnType<typeof readRevision>>;

/**
 * Reads the revision whose rules a director has. Numbers alone do not tell: after the restore of a backup, another revision may
 * have the number that the director reports, or its rules another number.
 *
 * @throws {FleetError} if there is no such director, it has no revision, or its rules are not in the store.
 */
export async function readRevisionOf(store: Store, keys: Keys, director: string): Promise<RevisionWithRules> {
  const { reports, flaws } = await surveyFleet(store, keys);
  const report = reports.get(director)?.content;
  if (!report) {
    const [flaw] = flaws.get(director) ?? [];
    throw new FleetError(flaw ? `${director}: ${flaw.sentence}` : `this fleet has no director ${director}`);
  }
  if (!report.applied) throw new FleetError(`${director} has no revision yet`);
  const { revision: number, sha256 } = report.applied;
  const named = await readIfThere(store, keys, number);
  if (named?.revision.sha256 === sha256) return named;
  const { revisions } = await readHistory(store, keys);
  const same = revisions.findLast((one: Revision) => one.sha256 === sha256);
  if (same) return readRevision(store, keys, same.number);
  const what = named
    ? `revision ${number} of this store is not revision ${number} that ${director} has, as after the restore of a backup`
    : `${director} has revision ${number}, which is not in this store`;
  throw new FleetError(`${what}: nothing can be compared with its rules but on the director itself`);
}

async function readIfThere(store: Store, keys: Keys, number: number): Promise<RevisionWithRules | undefined> {
  try {
    return await readRevision(store, keys, number);
  } catch (error) {
    if (error instanceof NoRevisionError) return undefined;
    throw error;
  }
}
