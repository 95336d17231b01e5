import { familyOf, type Service, ServiceFlag, type ServiceSettings } from '../ipvs/model.ts';
import { serviceSchema } from '../ipvs/schema/service.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import type { Command } from './command.ts';
import { defaultNetmask } from './defaults.ts';

/**
 * Returns the commands that create an entry of the table: its service, then its servers.
 *
 * @example
 * for (const entry of await readTable(ipvs)) console.log(formatRules(commandsOf(entry)));
 */
export function commandsOf({ service, destinations }: ServiceEntry): Command[] {
  const { id } = service;
  return [
    { name: 'add-service', service: id, settings: normalisedSettings(service) },
    ...destinations.map(
      (server): Command => ({ name: 'add-server', service: id, server: server.id, settings: server }),
    ),
  ];
}

/** Returns the settings of a service; without persistence, which alone uses the netmask, with the default netmask. */
export function normalisedSettings(service: ServiceSettings & Pick<Service, 'id'>): ServiceSettings {
  const settings = serviceSchema.settingsOf(service);
  const isPersistent = (settings.flags & ServiceFlag.persistent) !== 0;
  return isPersistent ? settings : { ...settings, netmask: defaultNetmask(familyOf(service.id)) };
}
