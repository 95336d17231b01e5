import { type ServiceId, serverKey, serviceKey } from '../../ipvs/model.ts';
import { initialState } from '../../ipvs/state.ts';
import type { Command } from '../../rules/command.ts';
import { counted } from '../../rules/counted.ts';
import { type DesiredState, toDesiredTable } from '../../rules/desired.ts';
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
  const desired = { table: withRestingServers(state.table, toDesiredTable(table)), timeouts: state.timeouts };
  const commands = commandsOfPlan(plan({ ...initialState, table, timeouts }, desired));
  if (commands.length === 0) return undefined;
  const services = commands.flatMap((command) => ('service' in command ? (command.service ?? []) : []));
  return {
    problem: `The table is not that of ${expected.file}.`,
    services: distinct<ServiceId>(services, nameOfService),
    evidence: differences(commands),
    repairs: commands.map((command) => [commandLine(command)]),
  };
}

/** Returns the desired table, with the present weight for each server whose present or desired weight is 0. */
function withRestingServers(
  desired: DesiredState['table'],
  present: DesiredState['table'],
): DesiredState['table'] {
  return new Map(
    [...desired].map(([key, entry]) => {
      const servers = [...entry.servers].map(([name, server]) => {
        const known = present.get(serviceKey(entry.service))?.servers.get(serverKey(server.server));
        const rests = known && (known.settings.weight === 0 || server.settings.weight === 0);
        const weight = rests ? known.settings.weight : server.settings.weight;
        return [name, { ...server, settings: { ...server.settings, weight } }] as const;
      });
      return [key, { ...entry, servers: new Map(servers) }] as const;
    }),
  );
}

/** Describes in clauses what commands would change. */
function differences(commands: readonly Command[]): string[] {
  const number = (name: Command['name']) => commands.filter((command) => command.name === name).length;
  const clause = (numbers: readonly [noun: string, number: number][], words: string) => {
    const parts = numbers.filter(([, number]) => number > 0).map(([noun, number]) => counted(number, noun));
    return parts.length > 0 ? [`${words} ${parts.join(' and ')}`] : [];
  };
  return [
    ...clause(
      [
        ['service', number('add-service')],
        ['server', number('add-server')],
      ],
      'lacking here:',
    ),
    ...clause(
      [
        ['service', number('delete-service')],
        ['server', number('delete-server')],
      ],
      'only here:',
    ),
    ...clause(
      [
        ['service', number('edit-service')],
        ['server', number('edit-server')],
      ],
      'with other settings:',
    ),
    ...(number('set') > 0 ? ['the timeouts are others'] : []),
  ];
}
