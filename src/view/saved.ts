import type { Destination, Service, ServiceId } from '../ipvs/model.ts';
import type { EntryLines, Line } from '../ipvs/table.ts';
import {
  type EndpointFormatter,
  formatServerSettings,
  formatService,
  formatServiceSettings,
} from '../rules/format.ts';
import { chosenSettings } from '../rules/table.ts';
import type { ServerText } from './server-rows.ts';

/** What is saved of a service. */
export function savedService(service: Service): Line<ServiceId> {
  const { id } = service;
  return { id, text: formatServiceSettings(id, chosenSettings(service)).join(' ') };
}

/** What writes that of servers. Most of a table are used alike, so the latest text is kept. */
export function savedServer(): ServerText {
  let forwarding: Destination['forwarding'] | undefined;
  let weight = 0;
  let text = '';
  return (server, writer) => {
    const isPlain = server.forwarding !== 'tunnel' && !server.upperThreshold && !server.lowerThreshold;
    if (!isPlain || server.forwarding !== forwarding || server.weight !== weight) {
      text = ` ${formatServerSettings(server).join(' ')}`;
      forwarding = isPlain ? server.forwarding : undefined;
      weight = server.weight;
    }
    writer.text(text);
  };
}

/** What the line of each server of a service begins with, as far as its address. */
export function savedServerStart(service: ServiceId, endpoint: EndpointFormatter): string {
  return `-a ${formatService(service, endpoint).join(' ')} -r `;
}

/** The rules that make a service with its servers, one on each line. */
export function savedEntry({ service, destinations }: EntryLines, endpoint: EndpointFormatter): string {
  const { id } = service;
  const protocol = id.kind === 'address' ? id.protocol : undefined;
  const start = savedServerStart(id, endpoint);
  let text = `-A ${formatService(id, endpoint).join(' ')} ${service.text}\n`;
  for (const { id, text: settings } of destinations) {
    text += `${start}${endpoint(id.address, id.port, protocol)}${settings}\n`;
  }
  return text;
}
