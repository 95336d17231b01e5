import {
  type DestinationState,
  ServiceFlag,
  type ServiceId,
  type ServiceSettings,
  type ServiceState,
} from '../ipvs/model.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import type { Command } from './command.ts';
import { defaultNetmask } from './defaults.ts';

/**
 * The commands that make an entry of the table: its service, then its servers.
 *
 * @example
 * for (const entry of await readTable(ipvs)) console.log(formatRules(commandsOf(entry)));
 */
export function commandsOf({
  service,
  destinations,
}: ServiceEntry<DestinationState, ServiceState>): Command[] {
  const { id } = service;
  return [
    { name: 'add-service', service: id, settings: chosenSettings(id, service) },
    ...destinations.map(
      (server): Command => ({ name: 'add-server', service: id, server: server.id, settings: server }),
    ),
  ];
}

/** Settings without the netmask where nothing persists, and so nothing uses it. */
function chosenSettings(id: ServiceId, settings: ServiceSettings): ServiceSettings {
  const family = id.kind === 'fwmark' ? id.family : id.address.family;
  return settings.flags & ServiceFlag.persistent
    ? settings
    : { ...settings, netmask: defaultNetmask(family) };
}
