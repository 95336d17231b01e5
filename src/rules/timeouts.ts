import type { Timeouts } from '../ipvs/model.ts';
import type { Place } from './rule.ts';
import type { Step } from './step.ts';

/**
 * Desired timeouts; 0 leaves a timeout unchanged.
 *
 * @example
 * const timeouts: DesiredTimeouts = { timeouts: { tcp: 0, tcpFin: 0, udp: 60 }, place: 1 };
 */
export interface DesiredTimeouts {
  readonly timeouts: Timeouts;
  /** The rule that these timeouts come from. */
  readonly place: Place;
}

/** Returns the combined timeouts of two commands run in order. */
export function mergeTimeouts(first: Timeouts, second: Timeouts): Timeouts {
  return {
    tcp: second.tcp || first.tcp,
    tcpFin: second.tcpFin || first.tcpFin,
    udp: second.udp || first.udp,
  };
}

/** Returns the step that sets the timeouts; no step if they are already right. */
export function planTimeouts(current: Timeouts, desired: DesiredTimeouts | undefined): Step[] {
  if (!desired) return [];
  const { timeouts, place } = desired;
  const isRight = (name: keyof Timeouts) => timeouts[name] === 0 || timeouts[name] === current[name];
  return isRight('tcp') && isRight('tcpFin') && isRight('udp')
    ? []
    : [{ command: { name: 'set', timeouts }, place }];
}
