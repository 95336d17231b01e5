import { parseJsonRules } from '../../json/read.ts';
import type { Command } from '../../rules/command.ts';
import { type DesiredState, desiredState } from '../../rules/desired.ts';
import { formatRules } from '../../rules/format.ts';
import { badRuleSentence, placeName } from '../../rules/messages.ts';
import { type NameLookup, numericOnly } from '../../rules/names.ts';
import { parseRules } from '../../rules/rule-file.ts';
import { FleetError } from '../fleet-error.ts';

/** Error for rules that cannot become a revision. The message has one line per problem. */
export class RulesError extends FleetError {
  override readonly name = 'RulesError';
}

/** Options of {@link readRules}. */
export interface RulesOptions {
  /** Whether the text is the output of `ipvsadm -L --json`. */
  readonly json?: boolean;
  /** Resolves host and service names; without it, hosts and ports must be numeric. */
  readonly names?: NameLookup;
}

/**
 * Parses rules, and returns the state that they describe.
 *
 * @throws {RulesError} if a line is not a rule, contradicts another one, or does not describe a table (such as a listing).
 */
export function readRules(text: string, { json, names = numericOnly }: RulesOptions = {}): DesiredState {
  const { rules, errors } = json ? parseJsonRules(text, { isWholeTable: true }) : parseRules(text, names);
  const desired = desiredState(rules);
  const wrong = [
    ...[...errors, ...desired.contradictions].map(badRuleSentence),
    ...desired.others.map(
      ({ place, command }) =>
        `${placeName(place)}: ${formatRules([command]).trim()} is not allowed in a revision, which only sets services, servers, timeouts and sync daemons`,
    ),
  ];
  if (wrong.length > 0) throw new RulesError(wrong.join('\n'));
  return desired;
}

/** Formats a state as the rules of a revision: numeric only, and always the same text for the same state. */
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
