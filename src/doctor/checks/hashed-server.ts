import { type Destination, isFull, type Service } from '../../ipvs/model.ts';
import type { ServiceEntry } from '../../ipvs/table.ts';
import { fallbackFlag, refusesByHash } from '../../rules/hash-schedulers.ts';
import type { Finding, Found, Repair } from '../finding.ts';
import { commandLine, nameOrCount, removeServer } from '../repair-commands.ts';
import type { System } from '../system.ts';
import { affected, type Backend, groupBy, namesOf } from '../table-queries.ts';

/**
 * Finds servers that accept no connections but that their scheduler keeps choosing by a hash, so that some clients are refused
 * while others are served. Services whose servers all have weight 0 are left out: they refuse everyone under any scheduler.
 */
export function hashedToUnavailable({ table }: System): Found {
  const entries = table.filter(
    ({ service, destinations }) => refusesByHash(service) && destinations.some(({ weight }) => weight > 0),
  );
  return groupBy(entries, ({ service }) => service.scheduler).map((group) => [
    finding(group, ({ weight }) => weight === 0, 'weight 0'),
    finding(
      group,
      (server) => server.weight > 0 && isFull(server),
      'as many connections as the upper threshold allows',
    ),
  ]);
}

/** Returns the finding about servers of one scheduler that are unavailable for the same reason. */
function finding(
  entries: readonly ServiceEntry[],
  isUnavailable: (server: Destination) => boolean,
  reason: string,
): Finding | undefined {
  const backends = entries.flatMap(({ service, destinations }) =>
    destinations.filter(isUnavailable).map((server): Backend => ({ service: service.id, server })),
  );
  const [entry] = entries;
  if (backends.length === 0 || !entry) return undefined;
  const { scheduler } = entry.service;
  const names = namesOf(backends);
  const [it, has] = names.length === 1 ? ['it', 'it has'] : ['them', 'they have'];
  return {
    problem: `The scheduler ${scheduler} refuses the clients of ${nameOrCount(names, 'server')}.`,
    ...affected(backends),
    evidence: [
      `${has} ${reason}, and ${scheduler} chooses by a hash alone: clients that hash to ${it} are refused, although other servers are available`,
      ...(scheduler === 'mh' ? ['mh skips only servers that were added with weight 0'] : []),
      fallbackFlag(scheduler) === undefined
        ? `${scheduler} has no fallback flag; without ${it}, the clients are shared among the other servers`
        : `with its fallback flag, ${scheduler} chooses another server for them`,
    ],
    repairs: repairs(entries, isUnavailable),
  };
}

function repairs(
  entries: readonly ServiceEntry[],
  isUnavailable: (server: Destination) => boolean,
): Repair[] {
  return entries.flatMap(({ service, destinations }): Repair[] => {
    const servers = destinations.filter(isUnavailable);
    if (servers.length === 0) return [];
    const flag = fallbackFlag(service.scheduler);
    if (flag === undefined) return servers.map((server) => [removeServer(service.id, server)]);
    return [[withFlag(service, flag)]];
  });
}

function withFlag(service: Service, flag: number): string {
  const settings = { ...service, flags: service.flags | flag };
  return commandLine({ name: 'edit-service', service: service.id, settings });
}
