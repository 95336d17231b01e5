import { initialState } from '../../ipvs/state.ts';
import type { DesiredState } from '../../rules/desired.ts';
import { type PresentState, planFrom } from '../../rules/plan.ts';
import type { Plan } from '../../rules/step.ts';
import { chosenSettings } from '../../rules/table.ts';
import { readRules } from './rules.ts';

/** Returns how a director with the rules `from` gets the rules `to`, both as revisions hold them. */
export function difference(from: string, to: string): Plan {
  return planFrom(stateOf(readRules(from)), readRules(to));
}

/** Returns the state of a director on which rules have been carried out. */
function stateOf({ table, timeouts, daemons }: DesiredState): PresentState {
  return {
    table: new Map(
      [...table].map(([key, one]) => {
        const settings = chosenSettings({ ...one.settings, id: one.service });
        return [key, { ...one, settings }] as const;
      }),
    ),
    timeouts: timeouts?.timeouts ?? initialState.timeouts,
    daemons: [...(daemons?.values() ?? [])].flatMap(({ daemon }) => daemon ?? []),
  };
}
