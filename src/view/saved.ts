import type { Destination, Protocol, Service } from '../ipvs/model.ts';
import { formatMark, formatServerSettings, formatServiceSettings, serviceOption } from '../rules/format.ts';
import { isForeignMethod } from '../rules/option-table/server.ts';
import { chosenSettings } from '../rules/table.ts';
import type { ServerText, ServiceText, TableForm } from './table-form.ts';

/** The table as rules. `onForeign` is told of each server that is written with another forwarding method than it has. */
export function savedForm(onForeign: () => void): TableForm {
  return {
    serviceStart: starts('-A'),
    mark: (id) => formatMark(id).join(' '),
    serviceWidth: 0,
    serviceText: savedService(),
    serverStart: starts('-a'),
    serverLink: ' -r ',
    serverWidth: 0,
    serverText: savedServer(onForeign),
    longestName: Number.POSITIVE_INFINITY,
  };
}

/** What lines begin with; that of the latest protocol is kept. */
function starts(command: string): TableForm['serviceStart'] {
  let latest: Protocol | undefined;
  let start = '';
  return (protocol) => {
    if (start === '' || protocol !== latest) {
      start = `${command} ${serviceOption(protocol)} `;
      latest = protocol;
    }
    return start;
  };
}

/** What writes what is saved of services. Most of a table are alike, so the latest text is kept. */
function savedService(): ServiceText {
  let latest: Pick<Service, 'scheduler' | 'flags' | 'timeout' | 'netmask' | 'persistenceEngine'> | undefined;
  let text = '';
  return (service, writer) => {
    const { scheduler, flags, timeout, netmask, persistenceEngine } = service;
    const isAlike =
      latest?.scheduler === scheduler &&
      latest.flags === flags &&
      latest.timeout === timeout &&
      latest.netmask === netmask &&
      latest.persistenceEngine === persistenceEngine;
    if (!isAlike) {
      latest = { scheduler, flags, timeout, netmask, persistenceEngine };
      text = ` ${formatServiceSettings(service.id, chosenSettings(service)).join(' ')}`;
    }
    writer.text(text);
  };
}

/** The same of servers. */
function savedServer(onForeign: () => void): ServerText {
  let forwarding: Destination['forwarding'] | undefined;
  let weight = 0;
  let text = '';
  return (server, writer) => {
    if (isForeignMethod(server.forwarding)) onForeign();
    const isPlain = server.forwarding !== 'tunnel' && !server.upperThreshold && !server.lowerThreshold;
    if (!isPlain || server.forwarding !== forwarding || server.weight !== weight) {
      text = ` ${formatServerSettings(server).join(' ')}`;
      forwarding = isPlain ? server.forwarding : undefined;
      weight = server.weight;
    }
    writer.text(text);
  };
}
