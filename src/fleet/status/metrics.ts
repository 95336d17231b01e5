import { type Metric, metrics } from '../../view/exposition.ts';
import { type Report, refusalCodes } from '../documents/report.ts';
import { type DirectorStatus, directorsOf } from './director-status.ts';
import type { FleetState, FleetSurvey } from './fleet-state.ts';

interface AgentSource {
  readonly report: Report;
  /** Time of the last successful read of the store, in milliseconds since 1970. */
  readonly contact: number | undefined;
}

const agentRows: readonly Metric<AgentSource>[] = [
  {
    name: 'ipvsadm_fleet_applied_revision',
    type: 'gauge',
    help: 'The revision applied to the table; 0 for none.',
    value: ({ report }) => report.applied?.revision ?? 0,
  },
  {
    name: 'ipvsadm_fleet_drift_commands',
    type: 'gauge',
    help: 'Commands needed to correct the drift of the table.',
    value: ({ report }) => report.drift.commands,
  },
  {
    name: 'ipvsadm_fleet_findings',
    type: 'gauge',
    help: 'Findings of ipvsadm --doctor.',
    value: ({ report }) => report.findings.length,
  },
  {
    name: 'ipvsadm_fleet_overrides',
    type: 'gauge',
    help: 'Drained servers.',
    value: ({ report }) => report.overrides.length,
  },
  {
    name: 'ipvsadm_fleet_store_contact_timestamp_seconds',
    type: 'gauge',
    help: 'Time of the last successful contact with the store.',
    value: ({ contact }) => (contact === undefined ? undefined : contact / 1000),
  },
  ...refusalCodes.map(
    (code): Metric<AgentSource> => ({
      name: 'ipvsadm_fleet_refused',
      type: 'gauge',
      help: 'Whether a revision is refused, by reason.',
      value: ({ report }) => (report.refusal?.code === code ? 1 : 0),
      labels: () => ({ reason: code }),
    }),
  ),
];

/** Yields the metrics of one agent in Prometheus' text format. */
export function* agentMetrics(
  director: string,
  report: Report,
  contact: number | undefined,
): Generator<string> {
  yield* withoutRepeatedHeadings(metrics(agentRows, [{ report, contact }], () => ({ director })));
}

const fleetRows: readonly Metric<DirectorStatus>[] = [
  {
    name: 'ipvsadm_fleet_director_told_revision',
    type: 'gauge',
    help: 'The target revision of a director; 0 for none.',
    value: ({ told }) => told ?? 0,
  },
  {
    name: 'ipvsadm_fleet_director_applied_revision',
    type: 'gauge',
    help: 'The revision that a director runs; 0 for none.',
    value: ({ has }) => has ?? 0,
  },
  {
    name: 'ipvsadm_fleet_director_wrong',
    type: 'gauge',
    help: 'Whether a director has a problem.',
    value: ({ remarks }) => (remarks.some(({ kind }) => kind === 'wrong') ? 1 : 0),
  },
];

/** Yields the metrics of a whole fleet. */
export function* fleetMetrics(fleet: FleetSurvey): Generator<string> {
  yield* metrics(fleetRows, directorsOf(fleet), ({ name }) => ({ director: name }));
  yield* metrics(
    [
      {
        name: 'ipvsadm_fleet_directors_alive',
        type: 'gauge',
        help: 'Directors whose agents are online.',
        value: ({ alive }: FleetState) => alive.size,
      },
      {
        name: 'ipvsadm_fleet_rollout_halted',
        type: 'gauge',
        help: 'Whether the rollout has halted.',
        value: ({ rollout }: FleetState) => (rollout?.content.state === 'halted' ? 1 : 0),
      },
    ],
    [fleet],
    () => ({}),
  );
}

/** Drops repeated headings: a metric has one, even if several rows yield its samples. */
function* withoutRepeatedHeadings(pieces: Iterable<string>): Generator<string> {
  let last = '';
  for (const piece of pieces) {
    const heading = piece.slice(0, piece.indexOf('\n', piece.indexOf('\n') + 1) + 1);
    yield heading === last ? piece.slice(heading.length) : piece;
    last = heading;
  }
}
