import type { ServiceEntry } from '../../ipvs/table.ts';
import type { Finding, Found } from '../finding.ts';
import { commandLine, editServer } from '../repair-commands.ts';
import type { System } from '../system.ts';

/** Finds services without a server that accepts new connections. */
export function servicesWithoutServers({ table }: System): Found {
  const empty = table.filter(({ destinations }) => destinations.length === 0);
  const quiescent = table.filter(
    ({ destinations }) => destinations.length > 0 && destinations.every(({ weight }) => weight === 0),
  );
  return [withoutAny(empty), withoutWeight(quiescent)];
}

function withoutAny(entries: readonly ServiceEntry[]): Finding | undefined {
  if (entries.length === 0) return undefined;
  const services = entries.map(({ service }) => service.id);
  const one = entries.length === 1;
  return {
    problem: one ? 'The service has no real servers.' : `${entries.length} services have no real servers.`,
    services,
    evidence: [`${one ? 'its' : 'their'} connections are refused`],
    repairs: services.map((service) => {
      const add = commandLine({ name: 'delete-service', service }).replace(' -D ', ' -a ');
      return [`${add} -r SERVER -g`];
    }),
  };
}

function withoutWeight(entries: readonly ServiceEntry[]): Finding | undefined {
  if (entries.length === 0) return undefined;
  const numbers = entries.map(({ destinations }) => destinations.length);
  const [first = 0] = numbers;
  const one = entries.length === 1;
  const all = first === 1 ? 'its only server has' : `all its ${first} servers have`;
  return {
    problem: one
      ? 'No server accepts new connections.'
      : `${entries.length} services have no server that accepts new connections.`,
    services: entries.map(({ service }) => service.id),
    evidence: [
      `${one ? all : `all their ${numbers.reduce((sum, number) => sum + number)} servers have`} weight 0`,
    ],
    repairs: entries.map(({ service, destinations }) =>
      destinations.map((server) => editServer(service.id, server, { weight: 1 })),
    ),
  };
}
