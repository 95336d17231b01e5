import type { KeyObject } from 'node:crypto';
import type { DesiredState } from '../../rules/desired.ts';
import { putDocument } from '../documents/entries.ts';
import type { Keys } from '../documents/keys.ts';
import { headDocument, longestRules, type Revision, revisionDocument } from '../documents/revision.ts';
import { FleetError } from '../fleet-error.ts';
import { surveyFleet } from '../status/fleet-state.ts';
import type { Store, Transaction } from '../store/store.ts';
import { tryCommit } from '../store/try-commit.ts';
import { type Packed, pack } from './contents.ts';
import { type History, readHistory } from './read.ts';
import { writeRules } from './rules.ts';
import { isSignedWith, signRevision } from './signature.ts';

/** Number of revisions kept, besides older ones that a director has, is to get, or may roll back to. */
export const keptRevisions = 50;

/** A rule set to be published. */
export interface Publication {
  readonly desired: DesiredState;
  readonly message: string;
  readonly author: string;
  /** Time in the format of `Date.toISOString`. */
  readonly time: string;
  /** Private key that signs the revision. */
  readonly key?: KeyObject | undefined;
  /** Whether the table is meant to have no services. */
  readonly allowEmpty?: boolean;
  /** For a rollback: the revision whose rules are published again. */
  readonly restores?: number;
}

/** Result of {@link publish}: a new revision, or the newest one if it already has exactly these rules. */
export interface Published {
  readonly revision: Revision;
  readonly isNew: boolean;
}

/** Error for a revision that somebody else has published in the meantime. */
export class OvertakenError extends FleetError {
  override readonly name = 'OvertakenError';
}

/**
 * Publishes a rule set as the next revision, in one transaction that fails if somebody else has published in the meantime: a
 * revision replaces the whole table, so its author must know the one before. Rules that the newest revision already has are
 * published again only to sign them with a key that has not signed that revision.
 *
 * @throws {OvertakenError} if somebody else was faster.
 * @throws {FleetError}
 */
export async function publish(
  store: Store,
  keys: Keys,
  fleet: string,
  publication: Publication,
): Promise<Published> {
  const { desired, key, allowEmpty = false } = publication;
  if (desired.table.size === 0 && !allowEmpty) {
    throw new FleetError('the rules have no services (publish them anyway with --allow-empty)');
  }
  const packed = pack(writeRules(desired));
  if (packed.bytes > longestRules)
    throw new FleetError(`the rules have ${packed.bytes} bytes; at most ${longestRules} can be published`);
  const history = await readHistory(store, keys);
  const newest = history.revisions.at(-1);
  if (newest && newest.sha256 === packed.sha256 && (!key || isSignedWith(fleet, newest, key))) {
    return { revision: newest, isNew: false };
  }
  const revision = describe(fleet, publication, {
    packed,
    number: (history.head?.content ?? 0) + 1,
  });
  // Parts are written before any revision names them: together they can exceed the 1.5 MiB that etcd allows per request.
  for (const [part, value] of packed.parts.entries()) {
    const write = { compares: [], puts: [{ key: keys.content(packed.packed, part), value }] };
    // If the answer is lost, writing it again changes nothing.
    if (!(await tryCommit(store, write))) await store.commit(write);
  }
  const transaction: Transaction = {
    compares: [{ key: keys.head, modRevision: history.head?.modRevision ?? 0n }],
    puts: [
      putDocument(keys.revision(revision.number), revisionDocument, revision),
      putDocument(keys.head, headDocument, { revision: revision.number }),
    ],
    deletes: await forgotten(store, keys, history, revision),
  };
  if (!(await isCommitted(store, keys, transaction, revision))) {
    const { revisions } = await readHistory(store, keys);
    const other = revisions.at(-1);
    const whose = other
      ? `${other.author} has published revision ${other.number}`
      : 'somebody has published a revision';
    throw new OvertakenError(
      `${whose} meanwhile: check it (ipvsadm-fleet diff ${other?.number ?? ''}), then publish again`,
    );
  }
  return { revision, isNew: true };
}

function describe(
  fleet: string,
  { desired, message, author, time, key, allowEmpty, restores }: Publication,
  { packed: { sha256, bytes, packed, parts }, number }: { readonly packed: Packed; readonly number: number },
): Revision {
  const servers = [...desired.table.values()].reduce((sum, service) => sum + service.servers.size, 0);
  const revision: Revision = {
    number,
    ...(number > 1 && { parent: number - 1 }),
    author,
    time,
    message,
    sha256,
    bytes,
    packed,
    parts: parts.length,
    services: desired.table.size,
    servers,
    ...(restores !== undefined && { restores }),
    ...(allowEmpty && desired.table.size === 0 && { allowEmpty: true as const }),
  };
  return key ? { ...revision, signature: signRevision(fleet, revision, key) } : revision;
}

/** Commits the transaction that publishes a revision, again if the answer was lost. Returns whether it was carried out. */
async function isCommitted(
  store: Store,
  keys: Keys,
  transaction: Transaction,
  revision: Revision,
): Promise<boolean> {
  if ((await tryCommit(store, transaction))?.committed) return true;
  const { revisions } = await readHistory(store, keys);
  const found = revisions.find(({ number }) => number === revision.number);
  if (!found) return (await store.commit(transaction)).committed;
  return revisionDocument.encode(found) === revisionDocument.encode(revision);
}

/** Returns the keys to delete: of old revisions that no director has, is to get, or may roll back to, and of their rules. */
async function forgotten(
  store: Store,
  keys: Keys,
  { revisions }: History,
  next: Revision,
): Promise<string[]> {
  const old = revisions.slice(0, Math.max(0, revisions.length + 1 - keptRevisions));
  if (old.length === 0) return [];
  const { rollout, targets, reports, flaws, errors } = await surveyFleet(store, keys);
  // What cannot be read may name any of them.
  if (flaws.size > 0 || errors.length > 0) return [];
  const last = rollout?.content;
  const used = new Set([
    ...(last ? [last.revision, ...Object.values(last.former)] : []),
    ...[...targets.values()].flatMap(({ content }) => [content.revision, content.preview]),
    ...[...reports.values()].map(({ content }) => content.applied?.revision),
  ]);
  // etcd allows 128 operations per transaction.
  const gone = new Set(old.filter(({ number }) => !used.has(number)).slice(0, 20));
  const kept = new Set([...revisions.filter((one) => !gone.has(one)), next].map(({ packed }) => packed));
  const unused = new Set([...gone].map(({ packed }) => packed).filter((packed) => !kept.has(packed)));
  return [
    ...[...gone].map(({ number }) => keys.revision(number)),
    ...[...unused].map((packed) => keys.contents(packed)),
  ];
}
