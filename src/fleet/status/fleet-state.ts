import { documentAt, documentsBelow, type Stored } from '../documents/entries.ts';
import type { Keys } from '../documents/keys.ts';
import {
  type DirectorSettings,
  directorDocument,
  type Override,
  overrideDocument,
} from '../documents/operator.ts';
import { aliveDocument, type Report, reportDocument } from '../documents/report.ts';
import { type Rollout, rolloutDocument } from '../documents/rollout.ts';
import { type Target, targetDocument } from '../documents/target.ts';
import type { Store } from '../store/store.ts';

/** Snapshot of a fleet. Maps are keyed by the name of the director; overrides, by that of the server. */
export interface FleetState {
  /** The store's revision. */
  readonly revision: bigint;
  readonly rollout: Stored<Rollout> | undefined;
  readonly targets: ReadonlyMap<string, Stored<Target>>;
  readonly reports: ReadonlyMap<string, Stored<Report>>;
  /** Directors whose agents are online. */
  readonly alive: ReadonlySet<string>;
  readonly settings: ReadonlyMap<string, Stored<DirectorSettings>>;
  /** Servers that are out of service. */
  readonly overrides: ReadonlyMap<string, Stored<Override>>;
  /** Servers that are in service again, of which directors may not know it yet. */
  readonly ended: ReadonlyMap<string, Stored<Override>>;
  /** All directors that have a report, settings or a target, sorted by name. */
  readonly directors: readonly string[];
}

/**
 * Reads everything that is wanted and reported now, in one snapshot.
 *
 * @throws {DocumentError}, {StoreError}
 */
export async function readFleet(store: Store, keys: Keys): Promise<FleetState> {
  const snapshot = await store.read(keys.state);
  const reports = documentsBelow(snapshot, keys.reports, reportDocument);
  const settings = documentsBelow(snapshot, keys.directors, directorDocument);
  const targets = documentsBelow(snapshot, keys.targets, targetDocument);
  const overrides = [...documentsBelow(snapshot, keys.overrides, overrideDocument)];
  return {
    revision: snapshot.revision,
    rollout: documentAt(snapshot, keys.rollout, rolloutDocument),
    targets,
    reports,
    alive: new Set(documentsBelow(snapshot, keys.alive, aliveDocument).keys()),
    settings,
    overrides: new Map(overrides.filter(([, { content }]) => !content.ended)),
    ended: new Map(overrides.filter(([, { content }]) => content.ended)),
    directors: [...new Set([...reports.keys(), ...settings.keys(), ...targets.keys()])].sort(),
  };
}
