import type { Refusal, Report } from '../documents/report.ts';
import type { FleetState } from '../status/fleet-state.ts';
import type { Placed } from './change.ts';

/** The directors' reports about an override. */
export interface DrainProgress {
  /** Directors on which the server is out of service. */
  readonly drained: readonly string[];
  /** Number of servers that the override covers on those. */
  readonly servers: number;
  /** Number of connections that they have left there. */
  readonly connections: number;
  /** Directors that have not answered the override yet. */
  readonly unanswered: readonly string[];
  /** Offline directors, whose state is unknown. */
  readonly offline: readonly string[];
  /** Directors that refuse to drain the server, by the reason. */
  readonly refused: ReadonlyMap<string, readonly string[]>;
  /** Directors that have applied no revision yet: their table is not the fleet's. */
  readonly unmanaged: readonly string[];
}

/** One director's report about an override. */
type Answer =
  | { readonly kind: 'drained'; readonly servers: number; readonly connections: number }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unanswered' | 'offline' | 'unmanaged' };

/** Returns what the directors say about an override. */
export function drainProgress(fleet: FleetState, placed: Placed): DrainProgress {
  const answers = fleet.directors.map((name) => [name, answerOf(fleet, name, placed)] as const);
  const named = (wanted: Answer['kind']) =>
    answers.flatMap(([name, { kind }]) => (kind === wanted ? [name] : []));
  const refused = new Map<string, string[]>();
  let [servers, connections] = [0, 0];
  for (const [name, answer] of answers) {
    if (answer.kind === 'refused') refused.set(answer.reason, [...(refused.get(answer.reason) ?? []), name]);
    if (answer.kind !== 'drained') continue;
    servers += answer.servers;
    connections += answer.connections;
  }
  return {
    drained: named('drained'),
    servers,
    connections,
    unanswered: named('unanswered'),
    offline: named('offline'),
    refused,
    unmanaged: named('unmanaged'),
  };
}

/** Codes of the reasons why a director obeys no order of the store. */
const disobedient: readonly Refusal['code'][] = ['other-store', 'store-went-back', 'unreadable'];

function answerOf({ alive, reports }: FleetState, name: string, { server, modRevision }: Placed): Answer {
  const report = reports.get(name)?.content;
  if (report && !report.applied) return { kind: 'unmanaged' };
  if (!alive.has(name)) return { kind: 'offline' };
  if (!report) return { kind: 'unanswered' };
  const { refusal } = report;
  const answer = entryOf(report, server);
  // A server that is held is out of service, whichever store has ordered it.
  const isAnswered = answer && (answer.observed ?? Number(modRevision)) === Number(modRevision);
  if (!isAnswered) {
    if (!refusal || !disobedient.includes(refusal.code)) return { kind: 'unanswered' };
    return { kind: 'refused', reason: refusal.reason };
  }
  if (answer.refused !== undefined) return { kind: 'refused', reason: answer.refused };
  return { kind: 'drained', servers: answer.servers, connections: answer.connections };
}

/** Returns the directors that hold a server out of service though the store that they obey does not say so. */
export function heldOn({ reports }: FleetState, server: string): string[] {
  return [...reports].flatMap(([name, { content }]) => {
    const entry = entryOf(content, server);
    return entry && entry.observed === undefined ? [name] : [];
  });
}

/** Returns the directors that still list a server as out of service: those online, and the others. */
export function stillListedOn(
  { alive, reports }: FleetState,
  server: string,
): { readonly online: readonly string[]; readonly offline: readonly string[] } {
  const names = [...reports].flatMap(([name, { content }]) => (entryOf(content, server) ? [name] : []));
  return {
    online: names.filter((name) => alive.has(name)),
    offline: names.filter((name) => !alive.has(name)),
  };
}

function entryOf({ overrides }: Report, server: string) {
  return overrides.find((one) => one.server === server);
}
