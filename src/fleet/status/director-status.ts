import { valueFor } from '../documents/record.ts';
import type { Report } from '../documents/report.ts';
import { rollsBackAt } from '../rollout/renewal.ts';
import { isOver } from '../rollout/start.ts';
import type { FleetState } from './fleet-state.ts';

/** Status of one director. */
export interface DirectorStatus {
  readonly name: string;
  readonly group: string | undefined;
  /** The revision in its target. */
  readonly target: number | undefined;
  /** The revision that it has applied. */
  readonly applied: number | undefined;
  /** Time at which it applied that revision. */
  readonly since: string | undefined;
  /** Time of its last report, which is made when something is new. */
  readonly reported: string | undefined;
  /** Whether its agent is heard of. */
  readonly isAlive: boolean;
  /** Remarks about the director, worst first. */
  readonly remarks: readonly Remark[];
}

/** A remark about a director; `wrong` means that it needs attention. */
export interface Remark {
  readonly kind: 'wrong' | 'waiting' | 'well';
  readonly text: string;
}

/** Returns the status of every director. */
export function directorsOf(fleet: FleetState): DirectorStatus[] {
  const newest = newestTarget(fleet);
  return fleet.directors.map((name) => statusOf(fleet, name, newest));
}

/** Returns the target revision that all directors should have; undefined if there is none, or while a rollout is in progress. */
function newestTarget({ rollout, targets }: FleetState): number | undefined {
  if (!rollout || !isOver(rollout.content)) return undefined;
  const revisions = [...targets.values()].flatMap(({ content }) => content.revision ?? []);
  return revisions.length === 0 ? undefined : revisions.reduce((one, other) => Math.max(one, other));
}

function statusOf(fleet: FleetState, name: string, newest: number | undefined): DirectorStatus {
  const report = fleet.reports.get(name)?.content;
  const settings = fleet.settings.get(name)?.content;
  const target = fleet.targets.get(name)?.content.revision;
  const remarks = [...remarksOf(fleet, name, report, target)];
  // An unreadable target may be the right one, and unreadable settings may contain a hold.
  const isKnown = !fleet.flaws.get(name)?.some(({ document }) => ['target', 'settings'].includes(document));
  if (newest !== undefined && target !== newest && isKnown && !settings?.held)
    remarks.push({ kind: 'wrong', text: leftBehind(fleet, name, newest) });
  if (settings?.held) {
    const { by, reason } = settings.held;
    remarks.push({ kind: 'waiting', text: `on hold by ${by}${reason && `: ${reason}`}` });
  }
  return {
    name,
    group: settings?.group,
    target,
    applied: report?.applied?.revision,
    since: report?.applied?.since,
    reported: report?.time,
    isAlive: fleet.alive.has(name),
    remarks:
      remarks.length > 0
        ? remarks
        : [{ kind: 'well', text: target === undefined ? 'no target' : 'converged' }],
  };
}

/** Returns a sentence about a director that was left behind, with the reason if the last rollout has recorded one. */
function leftBehind({ rollout }: FleetState, name: string, newest: number): string {
  const { revision, skipped = {}, failed = {} } = rollout?.content ?? {};
  const why = revision === newest ? (valueFor(failed, name) ?? valueFor(skipped, name)) : undefined;
  return `left behind: the target of others is revision ${newest}${why === undefined ? '' : ` (${why})`}`;
}

function* remarksOf(
  fleet: FleetState,
  name: string,
  report: Report | undefined,
  target: number | undefined,
): Generator<Remark> {
  const { alive, targets, flaws, rollout, overrides: ordered } = fleet;
  const own = flaws.get(name) ?? [];
  for (const { sentence } of own) yield { kind: 'wrong', text: sentence };
  if (!report) {
    if (!own.some(({ document }) => document === 'report'))
      yield { kind: 'wrong', text: 'has never reported' };
    return;
  }
  if (!alive.has(name) && !own.some(({ document }) => document === 'presence'))
    yield { kind: 'wrong', text: `offline; this is its last report, of ${report.time}` };
  const { refusal, drift, applied, findings, overrides, observed, changing } = report;
  if (refusal) yield { kind: 'wrong', text: `refused: ${refusal.reason}` };
  if (drift.commands > 0) yield { kind: 'wrong', text: driftSentence(drift) };
  for (const { server, refused, observed: order } of overrides) {
    if (order === undefined && !ordered.has(server)) {
      yield {
        kind: 'wrong',
        text: `${server} is drained here, but not in the store: drain or undrain it`,
      };
    }
    if (refused !== undefined) yield { kind: 'wrong', text: `${server} is not drained: ${refused}` };
  }
  for (const { problem } of findings) yield { kind: 'wrong', text: problem };
  const hasAnswered = BigInt(observed) >= (targets.get(name)?.modRevision ?? 0n);
  if (changing !== undefined) yield { kind: 'waiting', text: `draining servers for revision ${changing}` };
  else if (target !== undefined && applied?.revision !== target && !refusal) {
    const kind = rollout && isOver(rollout.content) ? 'wrong' : 'waiting';
    yield { kind, text: hasAnswered ? 'not converged yet' : 'has not reported yet' };
  }
  const rollback = rollsBackAt(fleet, name);
  if (rollback !== undefined) {
    const when = new Date(rollback).toISOString();
    yield { kind: 'waiting', text: `not confirmed yet, and goes back by itself at about ${when} otherwise` };
  }
}

function driftSentence({ commands, excerpt: [first = ''] }: Report['drift']): string {
  const more = commands > 1 ? `, and ${commands - 1} more` : '';
  return `the table has drifted; to correct it: ${first}${more}`;
}
