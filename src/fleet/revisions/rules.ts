import { parseJsonRules } from '../../json/read.ts';
import type { Command } from '../../rules/command.ts';
import { type DesiredState, desiredState } from '../../rules/desired.ts';
import { formatRules } from '../../rules/format.ts';
import { badRuleSentence, placeName } from '../../rules/messages.ts';
import { type NameLookup, numericOnly } from '../../rules/names.ts';
import { parseRules } from '../../rules/rule-file.ts';
import { FleetError } from '../fleet-error.ts';

/** Rules that cannot be a revision. Its message has a line for each thing that is wrong. */
export class RulesError extends FleetError {
  override readonly name = 'RulesError';
}

/** How {@link readRules} takes a text. */
export interface RulesOptions {
  /** The text is what `ipvsadm -L --json` prints. */
  readonly json?: boolean;
  /** Without it, hosts and ports must be numbers. */
  readonly names?: NameLookup;
}

/**
 * Returns the state that rules describe.
 *
 * @throws {RulesError} where a line is no rule, contradicts another one, or prints or counts instead of describing.
 */
export function readRules(text: string, { json, names = numericOnly }: RulesOptions = {}): DesiredState {
  const { rules, errors } = json ? parseJsonRules(text, { isWholeTable: true }) : parseRules(text, names);
  const desired = desiredState(rules);
  const wrong = [
    ...[...errors, ...desired.contradictions].map(badRuleSentence),
    ...desired.others.map(
      ({ place, command }) =>
        `${placeName(place)}: a revision describes a table, and «${command.name}» does not`,
    ),
  ];
  if (wrong.length > 0) throw new RulesError(wrong.join('\n'));
  return desired;
}

/** Writes a state as rules with numbers only, always the same for the same state: what a revision holds. */
export function writeRules(desired: DesiredState): string {
  return formatRules(commandsOfState(desired));
}

function commandsOfState({ table, timeouts, daemons }: DesiredState): Command[] {
  return [
    ...[...table.values()].flatMap(({ service, settings, servers }): Command[] => [
      { name: 'add-service', service, settings },
      ...[...servers.values()].map(
        ({ server, settings: own }): Command => ({ name: 'add-server', service, server, settings: own }),
      ),
    ]),
    ...(timeouts ? [{ name: 'set', timeouts: timeouts.timeouts } as const] : []),
    ...[...(daemons ?? new Map())].map(
      ([role, { daemon }]): Command =>
        daemon ? { name: 'start-daemon', daemon } : { name: 'stop-daemon', role },
    ),
  ];
}
