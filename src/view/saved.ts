import type { Destination, DestinationId, Service, ServiceId } from '../ipvs/model.ts';
import type { EntryLines, Line } from '../ipvs/table.ts';
import {
  type EndpointFormatter,
  formatServerSettings,
  formatService,
  formatServiceSettings,
} from '../rules/format.ts';
import { chosenSettings } from '../rules/table.ts';

/** What is saved of a service. */
export function savedService(service: Service): Line<ServiceId> {
  const { id } = service;
  return { id, text: formatServiceSettings(id, chosenSettings(service)).join(' ') };
}

/** What is saved of a server. */
export function savedServer(server: Destination): Line<DestinationId> {
  return { id: server.id, text: formatServerSettings(server).join(' ') };
}

/** The rules that make a service with its servers, one on each line. */
export function savedEntry({ service, destinations }: EntryLines, endpoint: EndpointFormatter): string {
  const { id } = service;
  const name = formatService(id, endpoint).join(' ');
  const protocol = id.kind === 'address' ? id.protocol : undefined;
  let text = `-A ${name} ${service.text}\n`;
  for (const { id, text: settings } of destinations) {
    text += `-a ${name} -r ${endpoint(id.address, id.port, protocol)} ${settings}\n`;
  }
  return text;
}
