import type { DocumentError, DocumentKind } from '../documents/document.ts';
import { readableBelow, type Stored } from '../documents/entries.ts';
import type { Keys } from '../documents/keys.ts';
import { isLegalName } from '../documents/names.ts';
import {
  type DirectorSettings,
  directorDocument,
  type Override,
  overrideDocument,
} from '../documents/operator.ts';
import { aliveDocument, type Report, reportDocument } from '../documents/report.ts';
import { driverDocument, type Rollout, type RunningDriver, rolloutDocument } from '../documents/rollout.ts';
import { type Renewal, renewalDocument, type Target, targetDocument } from '../documents/target.ts';
import type { Store } from '../store/store.ts';

/** A document of one director that this program cannot read. */
export interface Flaw {
  readonly document: keyof typeof flawedDocuments;
  /** Sentence for a person, such as `its report is unreadable: it is not JSON`. */
  readonly sentence: string;
  /** The store revision of the document's last change. */
  readonly modRevision: bigint;
}

/** Longest sentence about a flaw in characters: it has to fit into a rollout's remarks. */
const longestSentence = 500;

const flawedDocuments = {
  report: 'its report is',
  settings: 'its settings are',
  target: 'its target is',
  presence: 'the sign of its agent is',
};

/** Snapshot of a fleet. Maps are keyed by the name of the director; overrides, by that of the server. */
export interface FleetState {
  /** The store's revision. */
  readonly revision: bigint;
  readonly rollout: Stored<Rollout> | undefined;
  /** The last renewal of the time to confirm; an unreadable one is none, and is replaced by the next. */
  readonly renewal: Stored<Renewal> | undefined;
  /** Drivers that run now, of this rollout or an earlier one. */
  readonly drivers: readonly RunningDriver[];
  readonly targets: ReadonlyMap<string, Stored<Target>>;
  readonly reports: ReadonlyMap<string, Stored<Report>>;
  /** Directors whose agents are online. */
  readonly alive: ReadonlySet<string>;
  readonly settings: ReadonlyMap<string, Stored<DirectorSettings>>;
  /** Servers that are out of service. */
  readonly overrides: ReadonlyMap<string, Stored<Override>>;
  /** Servers that are in service again, of which directors may not know it yet. */
  readonly ended: ReadonlyMap<string, Stored<Override>>;
  /** Unreadable documents of directors, which are in none of the maps. */
  readonly flaws: ReadonlyMap<string, readonly Flaw[]>;
  /** All directors that have a report, settings or a target, or something unreadable, sorted by name. */
  readonly directors: readonly string[];
}

/** Snapshot of a fleet for a reader that changes nothing: it lacks documents of the whole fleet that are unreadable. */
export interface FleetSurvey extends FleetState {
  /** Errors of unreadable documents that are not one director's: the rollout, or an override. */
  readonly errors: readonly DocumentError[];
}

/**
 * Reads everything that is wanted and reported now, in one snapshot. An unreadable document of a director is a flaw of that
 * director only.
 *
 * @throws {DocumentError} if a document of the whole fleet is unreadable.
 * @throws {StoreError}
 */
export async function readFleet(store: Store, keys: Keys): Promise<FleetState> {
  const { errors, ...fleet } = await surveyFleet(store, keys);
  const [error] = errors;
  if (error) throw error;
  return fleet;
}

/**
 * Reads as {@link readFleet} does, but returns errors of unreadable documents, to show the rest.
 *
 * @throws {StoreError}
 */
export async function surveyFleet(store: Store, keys: Keys): Promise<FleetSurvey> {
  const snapshot = await store.read(keys.state);
  const flaws = new Map<string, Flaw[]>();
  const ofDirectors = <Content>(prefix: string, kind: DocumentKind<Content>, document: Flaw['document']) => {
    const { readable, unreadable } = readableBelow(snapshot, prefix, kind);
    for (const [name, { error, modRevision }] of unreadable) {
      if (!isLegalName(name)) continue;
      const sentence = `${flawedDocuments[document]} unreadable: ${error.reason}`.slice(0, longestSentence);
      flaws.set(name, [...(flaws.get(name) ?? []), { document, sentence, modRevision }]);
    }
    // No agent can have another name; keys of others may contain anything.
    return new Map([...readable].filter(([name]) => isLegalName(name)));
  };
  const reports = ofDirectors(keys.reports, reportDocument, 'report');
  const settings = ofDirectors(keys.directors, directorDocument, 'settings');
  const targets = ofDirectors(keys.targets, targetDocument, 'target');
  const alive = ofDirectors(keys.alive, aliveDocument, 'presence');
  const overrides = readableBelow(snapshot, keys.overrides, overrideDocument);
  const drivers = readableBelow(snapshot, keys.drivers, driverDocument).readable;
  const rollouts = readableBelow(snapshot, keys.rollout, rolloutDocument);
  const found = [reports, settings, targets, flaws].flatMap((map) => [...map.keys()]);
  return {
    revision: snapshot.revision,
    rollout: rollouts.readable.get(''),
    renewal: readableBelow(snapshot, keys.renewal, renewalDocument).readable.get(''),
    drivers: [...drivers.values()].map(({ content }) => content),
    targets,
    reports,
    alive: new Set(alive.keys()),
    settings,
    overrides: new Map([...overrides.readable].filter(([, { content }]) => !content.ended)),
    ended: new Map([...overrides.readable].filter(([, { content }]) => content.ended)),
    flaws,
    directors: [...new Set(found)].sort(),
    errors: [rollouts, overrides].flatMap(({ unreadable }) =>
      [...unreadable.values()].map(({ error }) => error),
    ),
  };
}

/** Returns why a director cannot be asked anything at present; undefined if its agent is online, and its report can be read. */
export function absenceOf({ alive, flaws }: FleetState, name: string): string | undefined {
  const flaw = flaws.get(name)?.find(({ document }) => document === 'report' || document === 'presence');
  return flaw?.sentence ?? (alive.has(name) ? undefined : 'offline');
}

/** Returns why nobody knows whether a director is held, or what group it is in; undefined if its settings can be read. */
export function unknownSettings({ flaws }: FleetState, name: string): string | undefined {
  return flaws.get(name)?.find(({ document }) => document === 'settings')?.sentence;
}
