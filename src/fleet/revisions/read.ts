import { documentAt, documentsBelow, type Stored } from '../documents/entries.ts';
import type { Keys } from '../documents/keys.ts';
import { headDocument, type Revision, revisionDocument } from '../documents/revision.ts';
import { FleetError } from '../fleet-error.ts';
import type { Store } from '../store/store.ts';
import { ContentsError, unpack } from './contents.ts';

/** All revisions in the store. */
export interface History {
  /** Number of the newest revision; undefined if there is none. */
  readonly head: Stored<number> | undefined;
  /** Revisions in ascending order of their numbers. */
  readonly revisions: readonly Revision[];
}

/** Error for a revision that does not exist, or no longer does. */
export class NoRevisionError extends FleetError {
  override readonly name = 'NoRevisionError';
}

/** Reads all revisions, without their rules. */
export async function readHistory(store: Store, keys: Keys): Promise<History> {
  const snapshot = await store.read(keys.log);
  const head = documentAt(snapshot, keys.head, headDocument);
  const revisions = [...documentsBelow(snapshot, keys.revisions, revisionDocument).values()];
  return {
    head: head && { content: head.content.revision, modRevision: head.modRevision },
    revisions: revisions.map(({ content }) => content).sort((a, b) => a.number - b.number),
  };
}

/**
 * Reads a revision with its rules, as text.
 *
 * @throws {NoRevisionError} if there is no revision of that number.
 * @throws {ContentsError} if the rules in the store are not those that were published.
 * @throws {DocumentError} if this program cannot read the revision's document.
 */
export async function readRevision(
  store: Store,
  keys: Keys,
  number: number,
): Promise<{ readonly revision: Revision; readonly rules: string }> {
  const revision = await readDescription(store, keys, number);
  return { revision, rules: await readContents(store, keys, revision) };
}

/**
 * Reads the description of a revision, without its rules.
 *
 * @throws {NoRevisionError} if there is no revision of that number.
 * @throws {ContentsError} if it is stored under the number of another one.
 * @throws {DocumentError} if this program cannot read the revision's document.
 */
export async function readDescription(store: Store, keys: Keys, number: number): Promise<Revision> {
  const key = keys.revision(number);
  const stored = documentAt(await store.read(key), key, revisionDocument);
  if (!stored) throw new NoRevisionError(`there is no revision ${number}`);
  const { content: revision } = stored;
  if (revision.number !== number)
    throw new ContentsError(`revision ${number} is stored with the number ${revision.number}`);
  return revision;
}

/**
 * Reads the rules of a revision, as text.
 *
 * @throws {ContentsError} if the rules in the store are not those that were published.
 */
export async function readContents(store: Store, keys: Keys, revision: Revision): Promise<string> {
  const { number } = revision;
  const { entries } = await store.read(keys.contents(revision.packed));
  const values = new Map(entries.map((entry) => [entry.key, entry.value]));
  const parts = Array.from({ length: Math.min(revision.parts, entries.length) }, (_, part) =>
    values.get(keys.content(revision.packed, part)),
  );
  const present = parts.filter((part) => part !== undefined);
  if (present.length !== revision.parts) {
    throw new ContentsError(
      `revision ${number} is incomplete: ${present.length} of ${revision.parts} parts are in the store`,
    );
  }
  return unpack({ ...revision, parts: present });
}
