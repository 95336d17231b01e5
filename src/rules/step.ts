import type { Command } from './command.ts';
import type { Owns } from './ownership.ts';
import type { Place } from './rule.ts';

/**
 * A command that brings the director closer to its desired state, and the place of the rule that asks for it, if any.
 *
 * @example
 * const textOf = ({ command, place }: Step) => `${formatRules([command]).trimEnd()} # ${place ?? 'no rule asks for it'}`;
 */
export interface Step {
  readonly command: Command;
  readonly place: Place | undefined;
}

/**
 * A plan that converts one state of a director to another.
 *
 * @example
 * const isNothing = ({ additions, removals }: Plan) => additions.length + removals.length === 0;
 */
export interface Plan {
  /** Additions and changes, run first. */
  readonly additions: readonly Step[];
  /** Removals, run last so that no remaining service lacks a server in between; also daemon starts that must wait for them. */
  readonly removals: readonly Step[];
  /** The part of the director that the plan covers. */
  readonly scope: PlanScope;
}

/**
 * The part of a director that may be changed.
 *
 * @example
 * const scope: PlanScope = { keepWeights: true, owns: ({ kind }) => kind === 'address' };
 */
export interface PlanScope {
  /** Whether a service is ours; other services are neither changed nor removed. Absent: all are ours. */
  readonly owns?: Owns | undefined;
  /** Existing servers keep the weight that the kernel has; new ones get the desired weight. */
  readonly keepWeights?: boolean;
}

/**
 * Returns all commands of a plan, in order.
 *
 * @example
 * console.log(formatRules(commandsOfPlan(plan(current, desired))));
 */
export function commandsOfPlan({ additions, removals }: Plan): Command[] {
  return [...additions, ...removals].map(({ command }) => command);
}
