import type { Command } from './command.ts';
import type { Owns } from './ownership.ts';
import type { Place } from './rule.ts';

/**
 * A command that brings the director nearer to what it shall be, and the rule that asks for it, where one does.
 *
 * @example
 * const textOf = ({ command, place }: Step) => `${formatRules([command]).trimEnd()} # ${place ?? 'no rule asks for it'}`;
 */
export interface Step {
  readonly command: Command;
  readonly place: Place | undefined;
}

/**
 * How to make one state of a director out of another.
 *
 * @example
 * const isNothing = ({ additions, removals }: Plan) => additions.length + removals.length === 0;
 */
export interface Plan {
  /** Additions and changes: they come first. */
  readonly additions: readonly Step[];
  /** Removals: they come last, so that no service that stays lacks a server meanwhile. */
  readonly removals: readonly Step[];
  /** The part of the director that the plan is about. */
  readonly scope: PlanScope;
}

/**
 * The part of a director that may be touched.
 *
 * @example
 * const scope: PlanScope = { keepWeights: true, owns: ({ kind }) => kind === 'address' };
 */
export interface PlanScope {
  /** Whether a service is ours; other services are neither changed nor removed. Absent: all are ours. */
  readonly owns?: Owns | undefined;
  /** Servers that are there keep the weight that the kernel has; new ones get the desired one. */
  readonly keepWeights?: boolean;
}

/**
 * All commands of a plan, in order.
 *
 * @example
 * console.log(formatRules(commandsOfPlan(plan(current, desired))));
 */
export function commandsOfPlan({ additions, removals }: Plan): Command[] {
  return [...additions, ...removals].map(({ command }) => command);
}
