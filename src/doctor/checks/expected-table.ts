import type { ServiceId } from '../../ipvs/model.ts';
import { initialState } from '../../ipvs/state.ts';
import type { Command } from '../../rules/command.ts';
import { counted } from '../../rules/counted.ts';
import { toDesiredTable, withWeights } from '../../rules/desired.ts';
import { plan } from '../../rules/plan.ts';
import { commandsOfPlan } from '../../rules/step.ts';
import type { Finding } from '../finding.ts';
import { commandLine, nameOfService } from '../repair-commands.ts';
import type { System } from '../system.ts';
import { distinct } from '../table-queries.ts';

/**
 * Finds differences from the expected table: in services, servers, their settings, and timeouts. A weight of 0 on either side
 * is not a difference, as health checkers and administrators set it to take a server out of service.
 */
export function unexpectedTables({ hasIpvs, table, timeouts, expected }: System): Finding | undefined {
  // A kernel without IPVS is a separate finding.
  if (!expected || !hasIpvs) return undefined;
  const { state } = expected;
  const wanted = withWeights(state.table, toDesiredTable(table), restingWeight);
  const commands = commandsOfPlan(
    plan({ ...initialState, table, timeouts }, { table: wanted, timeouts: state.timeouts }),
  );
  if (commands.length === 0) return undefined;
  const services = commands.flatMap((command) => ('service' in command ? (command.service ?? []) : []));
  return {
    problem: `The table differs from ${expected.file}.`,
    services: distinct<ServiceId>(services, nameOfService),
    evidence: differences(commands),
    repairs: commands.map((command) => [commandLine(command)]),
  };
}

/** Returns the present weight if the present or the desired one is 0; otherwise, the desired weight. */
function restingWeight(desired: number, present: number): number {
  return desired === 0 || present === 0 ? present : desired;
}

/** Describes in clauses what commands would change. */
function differences(commands: readonly Command[]): string[] {
  const number = (name: Command['name']) => commands.filter((command) => command.name === name).length;
  const clause = (verb: 'add' | 'delete' | 'edit', words: string) => {
    const parts = (['service', 'server'] as const)
      .map((noun) => ({ noun, number: number(`${verb}-${noun}`) }))
      .filter((part) => part.number > 0)
      .map((part) => counted(part.number, part.noun));
    return parts.length > 0 ? [`${words} ${parts.join(' and ')}`] : [];
  };
  return [
    ...clause('add', 'missing here:'),
    ...clause('delete', 'only here:'),
    ...clause('edit', 'with different settings:'),
    ...(number('set') > 0 ? ['the timeouts differ'] : []),
  ];
}
