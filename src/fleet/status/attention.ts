import type { Rollout } from '../documents/rollout.ts';
import { leaseSeconds } from '../store/leased-key.ts';
import { type DirectorStatus, directorsOf } from './director-status.ts';
import type { FleetState, FleetSurvey } from './fleet-state.ts';

/** The problems of a fleet. */
export interface Attention {
  readonly directors: readonly DirectorStatus[];
  /** Sentences about the fleet as a whole. */
  readonly problems: readonly string[];
  /** Whether somebody has to look at the fleet, or at one of its directors. */
  readonly isNeeded: boolean;
}

/** Returns what needs attention in a fleet at a time in milliseconds since 1970. */
export function attentionOf(fleet: FleetSurvey, now: number): Attention {
  const directors = directorsOf(fleet);
  const problems = [
    ...fleet.errors.map(({ message }) => message),
    ...rolloutProblems(fleet, now),
    ...(directors.length === 0 ? ['no director has reported yet (start ipvsadm-fleet agent on each)'] : []),
  ];
  return { directors, problems, isNeeded: problems.length > 0 || directors.some(isWrong) };
}

/** Whether somebody has to look at a director. */
export function isWrong({ remarks }: DirectorStatus): boolean {
  return remarks.some(({ kind }) => kind === 'wrong');
}

/** Whether a rollout is active, and nobody drives it: its driver was killed, or cut off from the store. */
export function isAbandoned(
  rollout: Rollout,
  { drivers }: Pick<FleetState, 'drivers'>,
  now: number,
): boolean {
  const { id, holder, state, changed } = rollout;
  if (state !== 'active' || drivers.some((one) => one.rollout === id && one.holder === holder)) return false;
  // A driver shows itself just after it has taken the rollout. The clock of its machine may be another one's.
  return Math.abs(now - Date.parse(changed)) > leaseSeconds * 1000;
}

function rolloutProblems(fleet: FleetState, now: number): string[] {
  if (!fleet.rollout) return [];
  const { content: rollout } = fleet.rollout;
  if (rollout.state === 'halted')
    return ['the rollout has halted: roll back, resume it without the directors that failed, or abort it'];
  if (rollout.state === 'paused') return ['the rollout is paused: resume or abort it'];
  if (isAbandoned(rollout, fleet, now)) return ['the rollout has no driver any more: resume or abort it'];
  return [];
}
