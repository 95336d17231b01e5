import { type Metric, metrics } from '../../view/exposition.ts';
import { type Report, refusalCodes } from '../documents/report.ts';
import { rolloutStates } from '../documents/rollout.ts';
import { type Attention, attentionOf, isAbandoned, isWrong } from './attention.ts';
import type { DirectorStatus } from './director-status.ts';
import type { FleetSurvey } from './fleet-state.ts';

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
  fleet: string,
  director: string,
  report: Report,
  contact: number | undefined,
): Generator<string> {
  yield* withoutRepeatedHeadings(metrics(agentRows, [{ report, contact }], () => ({ fleet, director })));
}

const directorRows: readonly Metric<DirectorStatus>[] = [
  {
    name: 'ipvsadm_fleet_director_target_revision',
    type: 'gauge',
    help: 'The target revision of a director; 0 for none.',
    value: ({ target }) => target ?? 0,
  },
  {
    name: 'ipvsadm_fleet_director_applied_revision',
    type: 'gauge',
    help: 'The revision that a director runs; 0 for none.',
    value: ({ applied }) => applied ?? 0,
  },
  {
    name: 'ipvsadm_fleet_director_alive',
    type: 'gauge',
    help: 'Whether the agent of a director is online, and its reports are accepted.',
    value: ({ isAlive }) => (isAlive ? 1 : 0),
  },
  {
    name: 'ipvsadm_fleet_director_report_timestamp_seconds',
    type: 'gauge',
    help: 'Time of the last change in the report of a director.',
    value: ({ reported }) => (reported === undefined ? undefined : Date.parse(reported) / 1000),
  },
  {
    name: 'ipvsadm_fleet_director_wrong',
    type: 'gauge',
    help: 'Whether a director has a problem.',
    value: (director) => (isWrong(director) ? 1 : 0),
  },
];

/** A fleet, and what needs attention in it at a time in milliseconds since 1970. */
interface FleetSource {
  readonly fleet: FleetSurvey;
  readonly attention: Attention;
  readonly now: number;
}

const fleetRows: readonly Metric<FleetSource>[] = [
  {
    name: 'ipvsadm_fleet_wrong',
    type: 'gauge',
    help: 'Whether the fleet has a problem, as reported by status --exit-code.',
    value: ({ attention }) => (attention.isNeeded ? 1 : 0),
  },
  {
    name: 'ipvsadm_fleet_directors',
    type: 'gauge',
    help: 'Directors of the fleet.',
    value: ({ fleet }) => fleet.directors.length,
  },
  {
    name: 'ipvsadm_fleet_directors_alive',
    type: 'gauge',
    help: 'Directors whose agents are online.',
    value: ({ fleet }) => fleet.alive.size,
  },
  {
    name: 'ipvsadm_fleet_rollout_revision',
    type: 'gauge',
    help: 'The revision of the last rollout; 0 for none.',
    value: ({ fleet }) => fleet.rollout?.content.revision ?? 0,
  },
  ...rolloutStates.map(
    (state): Metric<FleetSource> => ({
      name: 'ipvsadm_fleet_rollout_state',
      type: 'gauge',
      help: 'Whether the last rollout is in this state.',
      value: ({ fleet }) => (fleet.rollout?.content.state === state ? 1 : 0),
      labels: () => ({ state }),
    }),
  ),
  {
    name: 'ipvsadm_fleet_rollout_abandoned',
    type: 'gauge',
    help: 'Whether the rollout is active without a driver.',
    value: ({ fleet, now }) => (fleet.rollout && isAbandoned(fleet.rollout.content, fleet, now) ? 1 : 0),
  },
  {
    name: 'ipvsadm_fleet_rollout_changed_timestamp_seconds',
    type: 'gauge',
    help: 'Time of the last change of the last rollout.',
    value: ({ fleet }) =>
      fleet.rollout === undefined ? undefined : Date.parse(fleet.rollout.content.changed) / 1000,
  },
];

/** Yields the metrics of the whole fleet of a name, at a time in milliseconds since 1970. */
export function* fleetMetrics(name: string, fleet: FleetSurvey, now: number): Generator<string> {
  const attention = attentionOf(fleet, now);
  yield* metrics(directorRows, attention.directors, (one) => ({ fleet: name, director: one.name }));
  yield* withoutRepeatedHeadings(metrics(fleetRows, [{ fleet, attention, now }], () => ({ fleet: name })));
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
