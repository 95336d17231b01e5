import type { ServerOrder } from '../overrides/server.ts';
import type { Memory } from './memory.ts';

/** Identity of a store, and the revision at which it was read. */
export interface StoreIdentity {
  readonly cluster: string;
  readonly revision: bigint;
}

/** Holds what is out of service, as the store that is accepted now may not know of it. */
export function holdOverridden(memory: Memory): Memory {
  const { overridden, store, distrust, held } = memory;
  const servers = [...new Set([...overridden, ...(held?.servers ?? [])])];
  if (servers.length === 0) return memory;
  // A store that has gone back is not the same, even if its revisions are as high again.
  return { ...memory, held: { servers, ...(store && !distrust && !held && { before: store }) } };
}

/** Notes at which revision a store is first read after it was accepted. If it is the same as before, nothing has to be held. */
export function holdAt(memory: Memory, { cluster, revision }: StoreIdentity): Memory {
  const { held } = memory;
  if (!held || held.revision !== undefined) return memory;
  const { before, servers } = held;
  if (before?.cluster === cluster && revision >= BigInt(before.revision)) return withoutHeld(memory);
  return { ...memory, held: { servers, revision: String(revision) } };
}

/** Stops holding the servers for which the accepted store has an order: it counts from now on. */
export function withoutOrdered(memory: Memory, overrides: readonly ServerOrder[] | undefined): Memory {
  const { held } = memory;
  if (held?.revision === undefined || memory.distrust || !overrides) return memory;
  const first = BigInt(held.revision);
  const ordered = new Set(
    overrides.flatMap(({ server, modRevision, isEnded }) =>
      // A backup may say of an earlier time that a server is in service again.
      !isEnded || modRevision > first ? [server] : [],
    ),
  );
  const servers = held.servers.filter((server) => !ordered.has(server));
  return servers.length === 0 ? withoutHeld(memory) : { ...memory, held: { ...held, servers } };
}

/** Stops holding servers. */
export function withoutHeld({ held: _, ...memory }: Memory): Memory {
  return memory;
}

/**
 * Returns the servers that are to be out of service: those of the store and those that are held, or the last ones if the store
 * cannot be read or is not obeyed. Those that are out of service already come first, so that no later order gives them back.
 */
export function wantedOverrides(
  { overridden, distrust, held }: Memory,
  { overrides }: { readonly overrides: readonly ServerOrder[] | undefined },
): readonly string[] {
  if (distrust || !overrides) return overridden;
  const ordered = overrides.flatMap(({ server, isEnded }) => (isEnded ? [] : [server]));
  const wanted = new Set([...(held?.servers ?? []), ...ordered]);
  return [...new Set([...overridden.filter((server) => wanted.has(server)), ...wanted])];
}
