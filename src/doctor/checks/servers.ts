import type { ServiceEntry } from '../../ipvs/table.ts';
import type { Finding } from '../finding.ts';
import type { System } from '../system.ts';
import { commandLine, editServer } from '../words.ts';

/** Services without a server that takes new connections. */
export function servicesWithoutServers({ table }: System): Finding[] {
  return table.flatMap((entry) => {
    if (entry.destinations.length === 0) return [withoutAny(entry)];
    return entry.destinations.every(({ weight }) => weight === 0) ? [withoutWeight(entry)] : [];
  });
}

function withoutAny({ service: { id } }: ServiceEntry): Finding {
  const add = commandLine({ name: 'delete-service', service: id }).replace(' -D ', ' -a ');
  return {
    problem: 'The service has no real server.',
    services: [id],
    evidence: ['its connections are refused'],
    mend: [`${add} -r SERVER -g`],
  };
}

function withoutWeight({ service: { id }, destinations }: ServiceEntry): Finding {
  const all =
    destinations.length === 1 ? 'its one server has' : `all its ${destinations.length} servers have`;
  return {
    problem: 'No server takes new connections.',
    services: [id],
    evidence: [`${all} weight 0`],
    mend: destinations.map((server) => editServer(id, server, { weight: 1 })),
  };
}
