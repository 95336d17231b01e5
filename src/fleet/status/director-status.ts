import type { Report } from '../documents/report.ts';
import type { FleetState, FleetSurvey } from './fleet-state.ts';

/** Status of one director. */
export interface DirectorStatus {
  readonly name: string;
  readonly group: string | undefined;
  /** The revision in its target. */
  readonly told: number | undefined;
  /** The revision that it has applied. */
  readonly has: number | undefined;
  /** Time at which it applied that revision. */
  readonly since: string | undefined;
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
  return fleet.directors.map((name) => statusOf(fleet, name));
}

function statusOf(fleet: FleetState, name: string): DirectorStatus {
  const report = fleet.reports.get(name)?.content;
  const settings = fleet.settings.get(name)?.content;
  const told = fleet.targets.get(name)?.content.revision;
  const remarks = [...remarksOf(fleet, name, report, told)];
  if (settings?.held) {
    const { by, reason } = settings.held;
    remarks.push({ kind: 'waiting', text: `on hold by ${by}${reason && `: ${reason}`}` });
  }
  return {
    name,
    group: settings?.group,
    told,
    has: report?.applied?.revision,
    since: report?.applied?.since,
    remarks:
      remarks.length > 0 ? remarks : [{ kind: 'well', text: told === undefined ? 'no target' : 'converged' }],
  };
}

function* remarksOf(
  { alive, targets, flaws, overrides: ordered }: FleetState,
  name: string,
  report: Report | undefined,
  told: number | undefined,
): Generator<Remark> {
  const own = flaws.get(name) ?? [];
  for (const { sentence } of own) yield { kind: 'wrong', text: sentence };
  if (!report) {
    if (!own.some(({ document }) => document === 'report'))
      yield { kind: 'wrong', text: 'has never reported' };
    return;
  }
  if (!alive.has(name) && !own.some(({ document }) => document === 'presence'))
    yield { kind: 'wrong', text: 'offline; this is its last report' };
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
  else if (told !== undefined && applied?.revision !== told && !refusal) {
    yield { kind: 'waiting', text: hasAnswered ? 'not converged yet' : 'has not reported yet' };
  }
}

function driftSentence({ commands, excerpt: [first = ''] }: Report['drift']): string {
  const more = commands > 1 ? `, and ${commands - 1} more` : '';
  return `the table has drifted; to correct it: ${first}${more}`;
}

/** Whether the fleet needs attention: a director is `wrong`, the rollout has halted, or something cannot be read. */
export function needsAttention(fleet: FleetSurvey): boolean {
  return (
    fleet.errors.length > 0 ||
    fleet.rollout?.content.state === 'halted' ||
    directorsOf(fleet).some(({ remarks }) => remarks.some(({ kind }) => kind === 'wrong'))
  );
}
