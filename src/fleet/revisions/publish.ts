import type { KeyObject } from 'node:crypto';
import type { DesiredState } from '../../rules/desired.ts';
import { documentAt, documentsBelow, putDocument } from '../documents/entries.ts';
import type { Keys } from '../documents/keys.ts';
import { reportDocument } from '../documents/report.ts';
import { headDocument, longestRules, type Revision, revisionDocument } from '../documents/revision.ts';
import { rolloutDocument } from '../documents/rollout.ts';
import { targetDocument } from '../documents/target.ts';
import { FleetError } from '../fleet-error.ts';
import { StoreError } from '../store/error.ts';
import type { Store, Transaction } from '../store/store.ts';
import { type Packed, pack } from './contents.ts';
import { type History, readHistory } from './read.ts';
import { writeRules } from './rules.ts';
import { signRevision } from './signature.ts';

/** Revisions that are kept, beside those that a director has, shall have, or may go back to. */
export const keptRevisions = 50;

/** A rule set to be published. */
export interface Publication {
  readonly desired: DesiredState;
  readonly message: string;
  readonly author: string;
  /** As `Date.toISOString` writes it. */
  readonly time: string;
  /** Private key that signs it. */
  readonly key?: KeyObject | undefined;
  /** A table without services is meant. */
  readonly allowEmpty?: boolean;
  /** The revision whose rules these are again. */
  readonly restores?: number;
}

/** A revision, and whether it was there already: the newest one with these very rules. */
export interface Published {
  readonly revision: Revision;
  readonly isNew: boolean;
}

/**
 * Publishes a rule set as the next revision, in one transaction that fails where somebody else has published meanwhile: whoever
 * changes the whole table shall know what was in it. Rules that the newest revision has already are not published again.
 *
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
    throw new FleetError('the rules have no service (--allow-empty publishes them all the same)');
  }
  const packed = pack(writeRules(desired));
  if (packed.bytes > longestRules)
    throw new FleetError(`${packed.bytes} bytes of rules, and at most ${longestRules} can be published`);
  const history = await readHistory(store, keys);
  const newest = history.revisions.at(-1);
  if (newest && newest.sha256 === packed.sha256 && (newest.signature !== undefined || !key)) {
    return { revision: newest, isNew: false };
  }
  const revision = describe(fleet, publication, {
    packed,
    number: (history.head?.content ?? 0) + 1,
  });
  // Before anything names them: etcd takes requests of up to 1.5 MiB, and they can be more.
  for (const [part, value] of packed.parts.entries()) {
    await store.commit({ compares: [], puts: [{ key: keys.content(packed.packed, part), value }] });
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
    throw new FleetError(
      `${whose} meanwhile: look at it (ipvsadm-fleet diff ${other?.number ?? ''}), then publish again`,
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

/** Whether a transaction was carried out; where its answer was lost, the store itself tells. */
async function isCommitted(
  store: Store,
  keys: Keys,
  transaction: Transaction,
  revision: Revision,
): Promise<boolean> {
  try {
    return (await store.commit(transaction)).committed;
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'outcome-unknown') throw error;
    const { revisions } = await readHistory(store, keys);
    const found = revisions.find(({ number }) => number === revision.number);
    return found !== undefined && revisionDocument.encode(found) === revisionDocument.encode(revision);
  }
}

/** Returns the keys of revisions that are too old to be kept, and that no director has, shall have, or may go back to. */
async function forgotten(
  store: Store,
  keys: Keys,
  { revisions }: History,
  next: Revision,
): Promise<string[]> {
  const old = revisions.slice(0, Math.max(0, revisions.length + 1 - keptRevisions));
  if (old.length === 0) return [];
  const state = await store.read(keys.state);
  const last = documentAt(state, keys.rollout, rolloutDocument)?.content;
  const used = new Set([
    ...(last ? [last.revision, ...Object.values(last.former)] : []),
    ...[...documentsBelow(state, keys.targets, targetDocument).values()].flatMap(({ content }) => [
      content.revision,
      content.preview,
    ]),
    ...[...documentsBelow(state, keys.reports, reportDocument).values()].map(
      ({ content }) => content.applied?.revision,
    ),
  ]);
  // etcd takes 128 operations in a transaction.
  const gone = new Set(old.filter(({ number }) => !used.has(number)).slice(0, 20));
  const kept = new Set([...revisions.filter((one) => !gone.has(one)), next].map(({ packed }) => packed));
  const unused = new Set([...gone].map(({ packed }) => packed).filter((packed) => !kept.has(packed)));
  return [
    ...[...gone].map(({ number }) => keys.revision(number)),
    ...[...unused].map((packed) => keys.contents(packed)),
  ];
}
