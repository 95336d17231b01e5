import type { Entry, Put, Snapshot } from '../store/store.ts';
import { DocumentError, type DocumentKind } from './document.ts';

/** A document, and the store revision of its last change. */
export interface Stored<Content> {
  readonly content: Content;
  readonly modRevision: bigint;
}

const decoder = new TextDecoder();

/**
 * Returns the document at a key; undefined if there is no such key.
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
 * Returns the documents below a prefix, mapped by the rest of their keys.
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

/** Error for an unreadable document, and the store revision of its last change. */
export interface Unreadable {
  readonly error: DocumentError;
  readonly modRevision: bigint;
}

/** Returns the documents below a prefix as {@link documentsBelow} does, and apart from them those that are unreadable. */
export function readableBelow<Content>(
  { entries }: Snapshot,
  prefix: string,
  kind: DocumentKind<Content>,
): { readonly readable: Map<string, Stored<Content>>; readonly unreadable: Map<string, Unreadable> } {
  const readable = new Map<string, Stored<Content>>();
  const unreadable = new Map<string, Unreadable>();
  for (const entry of entries) {
    if (!entry.key.startsWith(prefix)) continue;
    const name = entry.key.slice(prefix.length);
    try {
      readable.set(name, decoded(entry, kind));
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      unreadable.set(name, { error, modRevision: entry.modRevision });
    }
  }
  return { readable, unreadable };
}

function decoded<Content>({ key, value, modRevision }: Entry, kind: DocumentKind<Content>): Stored<Content> {
  return { content: kind.decode(key, decoder.decode(value)), modRevision };
}

/** Encodes a document as a write of a transaction. */
export function putDocument<Content>(key: string, kind: DocumentKind<Content>, content: Content): Put {
  return { key, value: Buffer.from(kind.encode(content)) };
}
