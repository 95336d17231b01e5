import type { Stats } from '../../ipvs/model.ts';
import { type DirectorState, initialState } from '../../ipvs/state.ts';
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

const noTraffic: Stats = {
  connections: 0n,
  inPackets: 0n,
  outPackets: 0n,
  inBytes: 0n,
  outBytes: 0n,
  connectionRate: 0n,
  inPacketRate: 0n,
  outPacketRate: 0n,
  inByteRate: 0n,
  outByteRate: 0n,
};

/** Returns the state of an idle director on which rules have been carried out. */
export function stateOf({ table, timeouts, daemons }: DesiredState): DirectorState {
  return {
    table: [...table.values()].map(({ service, settings, servers }) => ({
      service: { ...settings, id: service, stats: noTraffic },
      destinations: [...servers.values()].map(({ server, settings: own }) => ({
        ...own,
        id: server,
        activeConnections: 0,
        inactiveConnections: 0,
        persistentConnections: 0,
        stats: noTraffic,
      })),
    })),
    timeouts: timeouts?.timeouts ?? initialState.timeouts,
    daemons: [...(daemons?.values() ?? [])].flatMap(({ daemon }) => daemon ?? []),
  };
}
