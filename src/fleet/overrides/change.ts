import { putDocument } from '../documents/entries.ts';
import type { Keys } from '../documents/keys.ts';
import { type Override, overrideDocument } from '../documents/operator.ts';
import { FleetError } from '../fleet-error.ts';
import { readRevision } from '../revisions/read.ts';
import { readRules } from '../revisions/rules.ts';
import { type FleetState, readFleet } from '../status/fleet-state.ts';
import type { Store } from '../store/store.ts';
import { withOverrides } from './apply.ts';
import { formatServer, matchesServer, parseServer, serverOrders } from './server.ts';

/**
 * Takes a server out of service on all directors. Returns the server's name in the form used in the store.
 *
 * @throws {FleetError} if no director has such a server, or a service would keep no server that takes connections.
 */
export async function addOverride(
  store: Store,
  keys: Keys,
  word: string,
  override: Override,
): Promise<string> {
  const server = formatServer(parseServer(word));
  const fleet = await readFleet(store, keys);
  if (fleet.overrides.has(server)) return server;
  await requireEnoughServers(store, keys, fleet, server);
  await store.commit({
    compares: [{ key: keys.override(server), modRevision: 0n }],
    puts: [putDocument(keys.override(server), overrideDocument, override)],
  });
  return server;
}

/** Throws if agents would refuse the override, judging by the revisions that they have applied. */
async function requireEnoughServers(
  store: Store,
  keys: Keys,
  fleet: FleetState,
  server: string,
): Promise<void> {
  const numbers = new Set(
    [...fleet.reports.values()].flatMap(({ content }) => content.applied?.revision ?? []),
  );
  const pattern = parseServer(server);
  const overrides = [...serverOrders(fleet.overrides).map((order) => order.server), server];
  let isThere = false;
  for (const number of numbers) {
    const desired = readRules((await readRevision(store, keys, number)).rules);
    isThere ||= [...desired.table.values()].some(({ servers }) =>
      [...servers.values()].some((one) => matchesServer(pattern, one.server)),
    );
    const refused = withOverrides(desired, overrides).refused.get(server);
    if (refused !== undefined) throw new FleetError(`${server} is not drained: ${refused}`);
  }
  if (!isThere) throw new FleetError(`no director has the server ${server}`);
}

/**
 * Puts a server back into service: undoes {@link addOverride}.
 *
 * @throws {FleetError} if the server is not out of service.
 */
export async function removeOverride(store: Store, keys: Keys, word: string): Promise<string> {
  const server = formatServer(parseServer(word));
  const { overrides } = await readFleet(store, keys);
  if (!overrides.has(server)) throw new FleetError(`${server} is not drained`);
  await store.commit({ compares: [], puts: [], deletes: [keys.override(server)] });
  return server;
}

/** Progress of draining a server on all directors. */
export interface DrainProgress {
  readonly connections: number;
  /** Directors that have not reported on the override yet. */
  readonly unanswered: readonly string[];
  /** Offline directors, whose state is unknown. */
  readonly offline: readonly string[];
  /** Directors that refuse to drain the server, each with its reason. */
  readonly refused: readonly string[];
}

/** Returns how far a server has drained on all directors. */
export function drainProgress({ directors, reports, alive }: FleetState, server: string): DrainProgress {
  const progress = {
    connections: 0,
    unanswered: [] as string[],
    offline: [] as string[],
    refused: [] as string[],
  };
  for (const name of directors) {
    if (!alive.has(name)) {
      progress.offline.push(name);
      continue;
    }
    const answer = reports.get(name)?.content.overrides.find((one) => one.server === server);
    if (!answer) progress.unanswered.push(name);
    else if (answer.refused !== undefined) progress.refused.push(`${name}: ${answer.refused}`);
    else progress.connections += answer.connections;
  }
  return progress;
}
