import { DocumentError } from '../documents/document.ts';
import { documentAt, documentsBelow, type Stored } from '../documents/entries.ts';
import { type Override, overrideDocument } from '../documents/operator.ts';
import { type Target, targetDocument } from '../documents/target.ts';
import { parseServer } from '../overrides/server.ts';
import { StoreError } from '../store/error.ts';
import type { Agent } from './agent.ts';
import type { StoreView } from './decide.ts';

/** Orders of the store: what it wants of this director, and of all. */
export interface Orders {
  readonly view: StoreView;
  /** Servers that are to get no new connections, earliest first; absent where the store does not tell. */
  readonly overrides: readonly string[] | undefined;
  /** A sentence that says why the store cannot be reached; absent where it can. */
  readonly trouble?: string | undefined;
}

/** Reads the orders. A store that cannot be reached, or understood, is no error. */
export async function readOrders({
  store,
  keys,
  name,
}: Pick<Agent, 'store' | 'keys' | 'name'>): Promise<Orders> {
  try {
    const targets = await store.read(keys.target(name));
    const marks = await store.read(keys.overrides);
    const { cluster } = targets;
    const target: Stored<Target> | undefined = documentAt(targets, keys.target(name), targetDocument);
    const overrides = inOrder(documentsBelow(marks, keys.overrides, overrideDocument));
    // A store that was exchanged between the two reads is found out by the next turn.
    return { view: { kind: 'read', cluster, revision: targets.revision, target }, overrides };
  } catch (error) {
    if (error instanceof DocumentError) {
      return { view: { kind: 'unreadable', reason: error.message }, overrides: undefined };
    }
    if (!(error instanceof StoreError)) throw error;
    return { view: { kind: 'unreachable' }, overrides: undefined, trouble: error.message };
  }
}

/** Returns the servers of overrides, the earliest first. */
export function inOrder(overrides: ReadonlyMap<string, Stored<Override>>): string[] {
  return [...overrides]
    .filter(([server]) => isServer(server))
    .sort(
      ([a, { content: one }], [b, { content: other }]) =>
        one.since.localeCompare(other.since) || a.localeCompare(b),
    )
    .map(([server]) => server);
}

function isServer(word: string): boolean {
  try {
    parseServer(word);
    return true;
  } catch {
    return false;
  }
}
