import type { DestinationId } from '../../ipvs/model.ts';
import type { DesiredState } from '../../rules/desired.ts';
import { putDocument } from '../documents/entries.ts';
import type { Keys } from '../documents/keys.ts';
import { type Override, overrideDocument } from '../documents/operator.ts';
import { FleetError } from '../fleet-error.ts';
import { readRevision } from '../revisions/read.ts';
import { readRules } from '../revisions/rules.ts';
import { type FleetState, readFleet, surveyFleet } from '../status/fleet-state.ts';
import type { Store } from '../store/store.ts';
import { tryCommit } from '../store/try-commit.ts';
import { withOverrides } from './apply.ts';
import { heldOn } from './progress.ts';
import { formatServer, matchesServer, overlaps, parseServer, serverOrders } from './server.ts';

const attempts = 10;

/** An override in the store. */
export interface Placed {
  /** Name of the server in the form used in the store. */
  readonly server: string;
  /** Modification revision of the override. */
  readonly modRevision: bigint;
}

/**
 * Orders that a server is taken out of service on all directors. Which of them do so, they tell in their reports.
 *
 * @throws {FleetError} if no director has such a server, or a service would keep no server that takes connections.
 */
export async function addOverride(
  store: Store,
  keys: Keys,
  word: string,
  override: Override,
): Promise<Placed> {
  const server = formatServer(parseServer(word));
  return untilCommitted(server, async () => {
    const fleet = await readFleet(store, keys);
    const known = fleet.overrides.get(server);
    if (known) return { server, modRevision: known.modRevision };
    await requireEnoughServers(store, keys, fleet, server);
    // If the answer is lost, the next attempt finds the override, or writes it again.
    const commit = await tryCommit(store, {
      // Another server of the same service may be drained at this moment: it must be counted.
      compares: [{ path: keys.overrides, unwrittenSince: fleet.revision }],
      puts: [putDocument(keys.override(server), overrideDocument, override)],
    });
    return commit?.committed ? { server, modRevision: commit.revision } : undefined;
  });
}

/** Repeats an attempt to change an override while others come in between. */
async function untilCommitted<T>(server: string, attempt: () => Promise<T | undefined>): Promise<T> {
  for (let count = 0; count < attempts; count++) {
    const result = await attempt();
    if (result !== undefined) return result;
  }
  throw new FleetError(`${server}: others keep draining servers at the same time: try again`);
}

/**
 * Throws if agents would refuse the override, judging by the revisions that they have applied, as far as the store has those. Those
 * that are offline refuse it for themselves when they return: a director that is gone must not keep a broken server in service.
 */
async function requireEnoughServers(
  store: Store,
  keys: Keys,
  fleet: FleetState,
  server: string,
): Promise<void> {
  const applied = new Map<
    string,
    { readonly revision: number; readonly sha256: string; isOnline: boolean }
  >();
  for (const [name, { content }] of fleet.reports) {
    if (!content.applied) continue;
    const { revision, sha256 } = content.applied;
    const key = `${revision} ${sha256}`;
    const isOnline = fleet.alive.has(name) || applied.get(key)?.isOnline === true;
    applied.set(key, { revision, sha256, isOnline });
  }
  const pattern = parseServer(server);
  const drained = serverOrders(fleet.overrides).map((order) => order.server);
  let isPossible = false;
  for (const revision of applied.values()) {
    const desired = await rulesOf(store, keys, revision);
    // Only the agents know what they run where the store has lost it.
    isPossible ||= !desired || names(desired, (one) => matchesServer(pattern, one));
    if (!desired || !revision.isOnline) continue;
    const refused = withOverrides(desired, [...drained, server]).refused.get(server);
    if (refused !== undefined)
      throw new FleetError(`${server} is not drained: ${refused} (revision ${revision.revision})`);
  }
  if (!isPossible) throw new FleetError(`no director has the server ${server}`);
}

/** Returns the rules of a revision; undefined if the store has none of that number, other ones, or unreadable ones. */
async function rulesOf(
  store: Store,
  keys: Keys,
  { revision: number, sha256 }: { readonly revision: number; readonly sha256: string },
): Promise<DesiredState | undefined> {
  try {
    const { revision, rules } = await readRevision(store, keys, number);
    return revision.sha256 === sha256 ? readRules(rules) : undefined;
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    return undefined;
  }
}

function names({ table }: DesiredState, matches: (server: DestinationId) => boolean): boolean {
  return [...table.values()].some(({ servers }) => [...servers.values()].some((one) => matches(one.server)));
}

/** The result of {@link removeOverride}. */
export interface Removed {
  readonly server: string;
  /** Other overrides that cover the server, or a part of it, and still keep it out of service. */
  readonly covering: readonly string[];
}

/**
 * Orders that a server is put back into service: undoes {@link addOverride}. `ended` is written where directors hold the server
 * out of service by order of a store that was lost.
 *
 * @throws {FleetError} if the server is not out of service.
 */
export async function removeOverride(
  store: Store,
  keys: Keys,
  word: string,
  ended: Override,
): Promise<Removed> {
  const pattern = parseServer(word);
  const server = formatServer(pattern);
  let isLost = false;
  return untilCommitted(server, async () => {
    const fleet = await surveyFleet(store, keys);
    const key = keys.override(server);
    const isUnreadable = fleet.errors.some((error) => error.key === key);
    const known = fleet.overrides.get(server);
    const covering = serverOrders(fleet.overrides).flatMap(({ server: other }) =>
      other !== server && overlaps(pattern, parseServer(other)) ? [other] : [],
    );
    const isHeld = heldOn(fleet, server).length > 0;
    if (!known && !isHeld && !isUnreadable) {
      // An earlier attempt has removed it, but its answer was lost.
      if (isLost) return { server, covering };
      const hint = covering.length === 0 ? '' : `, but ${covering.join(', ')} is`;
      throw new FleetError(`${server} is not drained${hint}`);
    }
    const before = known ?? fleet.ended.get(server);
    const commit = await tryCommit(store, {
      compares: isUnreadable ? [] : [{ key, modRevision: before?.modRevision ?? 0n }],
      ...(isHeld
        ? { puts: [putDocument(key, overrideDocument, { ...ended, ended: true })] }
        : { puts: [], deletes: [key] }),
    });
    isLost ||= !commit;
    return commit?.committed ? { server, covering } : undefined;
  });
}
