import type { Entry, Put, Snapshot } from '../store/store.ts';
import type { DocumentKind } from './document.ts';

/** A document with the store's revision at which it last changed. */
export interface Stored<Content> {
  readonly content: Content;
  readonly modRevision: bigint;
}

const decoder = new TextDecoder();

/**
 * Returns the document of a key; absent where there is no such key.
 *
 * @throws {DocumentError}
 */
export function documentAt<Content>(
  { entries }: Snapshot,
  key: string,
  kind: DocumentKind<Content>,
): Stored<Content> | undefined {
  const entry = entries.find((one) => one.key === key);
  return entry && decoded(entry, kind);
}

/**
 * Returns the documents below a prefix by the rest of their keys.
 *
 * @throws {DocumentError}
 */
export function documentsBelow<Content>(
  { entries }: Snapshot,
  prefix: string,
  kind: DocumentKind<Content>,
): Map<string, Stored<Content>> {
  return new Map(
    entries
      .filter(({ key }) => key.startsWith(prefix))
      .map((entry) => [entry.key.slice(prefix.length), decoded(entry, kind)] as const),
  );
}

function decoded<Content>({ key, value, modRevision }: Entry, kind: DocumentKind<Content>): Stored<Content> {
  return { content: kind.decode(key, decoder.decode(value)), modRevision };
}

/** Makes the writing of a document. */
export function putDocument<Content>(key: string, kind: DocumentKind<Content>, content: Content): Put {
  return { key, value: Buffer.from(kind.encode(content)) };
}
