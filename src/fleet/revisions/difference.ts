import { initialState } from '../../ipvs/state.ts';
import type { DesiredState } from '../../rules/desired.ts';
import { type PresentState, planFrom } from '../../rules/plan.ts';
import type { Plan } from '../../rules/step.ts';
import { normalisedSettings } from '../../rules/table.ts';
import { readRules } from './rules.ts';

/** Returns the plan that takes a director from the rules `from` to the rules `to`, both as the text of revisions. */
export function difference(from: string, to: string): Plan {
  return planFrom(stateOf(readRules(from)), readRules(to));
}

/** Returns the state of a director after rules were applied to it. */
function stateOf({ table, timeouts, daemons }: DesiredState): PresentState {
  return {
    table: new Map(
      [...table].map(([key, one]) => {
        const settings = normalisedSettings({ ...one.settings, id: one.service });
        return [key, { ...one, settings }] as const;
      }),
    ),
    timeouts: timeouts?.timeouts ?? initialState.timeouts,
    daemons: [...(daemons?.values() ?? [])].flatMap(({ daemon }) => daemon ?? []),
  };
}
