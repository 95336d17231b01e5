import type { Timeouts } from '../ipvs/model.ts';
import type { Place } from './rule.ts';
import type { Step } from './step.ts';

/**
 * Timeouts as they shall be; 0 leaves one as it is.
 *
 * @example
 * const timeouts: DesiredTimeouts = { timeouts: { tcp: 0, tcpFin: 0, udp: 60 }, place: 1 };
 */
export interface DesiredTimeouts {
  readonly timeouts: Timeouts;
  /** The place that says so. */
  readonly place: Place;
}

/** Returns the timeouts that two commands set, one after the other. */
export function mergeTimeouts(first: Timeouts, second: Timeouts): Timeouts {
  return {
    tcp: second.tcp || first.tcp,
    tcpFin: second.tcpFin || first.tcpFin,
    udp: second.udp || first.udp,
  };
}

/** Returns the step that sets the timeouts; none where they are right. */
export function planTimeouts(current: Timeouts, desired: DesiredTimeouts | undefined): Step[] {
  if (!desired) return [];
  const { timeouts, place } = desired;
  const isRight = (name: keyof Timeouts) => timeouts[name] === 0 || timeouts[name] === current[name];
  return isRight('tcp') && isRight('tcpFin') && isRight('udp')
    ? []
    : [{ command: { name: 'set', timeouts }, place }];
}
