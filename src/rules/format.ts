import type { Address } from '../ipvs/address.ts';
import { formatEndpoint } from '../ipvs/endpoint.ts';
import type {
  DestinationId,
  DestinationSettings,
  FwmarkServiceId,
  ServiceId,
  ServiceSettings,
} from '../ipvs/model.ts';
import type { Protocol } from '../ipvs/protocol.ts';
import type { Command } from './command.ts';
import { commandWord } from './option-table/commands.ts';
import { daemonRows } from './option-table/daemon.ts';
import { doctorRows } from './option-table/doctor.ts';
import { jsonRow, listRows, saveRows } from './option-table/list.ts';
import { drainRows, ownershipRows, restoreRows } from './option-table/restore.ts';
import { type OptionSpelling, optionWord, writeOptions } from './option-table/row.ts';
import { serverSettingRows } from './option-table/server.ts';
import { serviceIdRows, serviceSettingRows } from './option-table/service.ts';

/**
 * Formats an address and a port as one word; `protocol` is undefined for a firewall mark.
 *
 * @example
 * const withSlash: EndpointFormatter = (address, port) => `${address}/${port}`;
 */
export type EndpointFormatter = (address: Address, port: number, protocol: Protocol | undefined) => string;

/**
 * Returns the words of the command line for `command`. `parseCommand(formatCommand(c))` equals `c` as long as the parser's name
 * lookup understands what `endpoint` writes. Defaults are left out, except scheduler, forwarding method and weight.
 */
export function formatCommand(command: Command, endpoint: EndpointFormatter = formatEndpoint): string[] {
  return [commandWord(command.name), ...formatOptions(command, endpoint)];
}

function formatOptions(command: Command, endpoint: EndpointFormatter): string[] {
  switch (command.name) {
    case 'add-service':
    case 'edit-service': {
      const { service, settings } = command;
      return [...formatService(service, endpoint), ...formatServiceSettings(service, settings)];
    }
    case 'delete-service':
      return formatService(command.service, endpoint);
    case 'add-server':
    case 'edit-server': {
      const { service, server, settings } = command;
      return [...formatServer(service, server, endpoint), ...formatServerSettings(settings)];
    }
    case 'delete-server': {
      const { service, server } = command;
      return [...formatServer(service, server, endpoint), ...writeOptions(drainRows, command)];
    }
    case 'list': {
      const { service, options } = command;
      return [...(service ? formatService(service, endpoint) : []), ...writeOptions(listRows, options)];
    }
    case 'zero':
      return command.service ? formatService(command.service, endpoint) : [];
    case 'set': {
      const { tcp, tcpFin, udp } = command.timeouts;
      return [tcp, tcpFin, udp].map(String);
    }
    case 'start-daemon':
      return [command.daemon.role, ...writeOptions(daemonRows, command.daemon)];
    case 'stop-daemon':
      return [command.role];
    case 'save':
      return writeOptions([...saveRows, ...ownershipRows], command);
    case 'restore':
      return writeOptions([...restoreRows, ...ownershipRows, ...drainRows, jsonRow], command.options);
    case 'doctor':
      return writeOptions(doctorRows, command.options);
    case 'flush':
    case 'help':
    case 'version':
      return [];
  }
}

/**
 * Returns commands as the text of a rule file, one on each line: what `ipvsadm -S` prints and {@link parseRules} reads.
 *
 * @example
 * const table = await readTable(ipvs);
 * writeFileSync('/etc/ipvsadm.rules', formatRules(table.flatMap(commandsOf)));
 */
export function formatRules(
  commands: Iterable<Command>,
  endpoint: EndpointFormatter = formatEndpoint,
): string {
  let text = '';
  for (const command of commands) text += `${formatCommand(command, endpoint).join(' ')}\n`;
  return text;
}

const serviceSpellings: readonly OptionSpelling[] = serviceIdRows[0].spellings;

/** Printed for protocols without an option, as by ipvsadm 1.31; no parser accepts it. */
const noProtocolOption = '--xxx-service';

/** Returns the words of a command line that identify a service. */
export function formatService(service: ServiceId, endpoint: EndpointFormatter): string[] {
  if (service.kind === 'fwmark') return [serviceOption(undefined), ...formatFwmarkWords(service)];
  const { protocol, address, port } = service;
  return [serviceOption(protocol), endpoint(address, port, protocol)];
}

/** Returns the option for services of a protocol, or for firewall marks if it is undefined. */
export function serviceOption(protocol: Protocol | undefined): string {
  const spelling = serviceSpellings.find((known) => known.protocol === protocol);
  return spelling ? optionWord(spelling) : noProtocolOption;
}

/** Returns the words after the option that names a firewall-mark service. */
export function formatFwmarkWords({ fwmark, family }: FwmarkServiceId): string[] {
  return [String(fwmark), ...(family === 'inet6' ? ['-6'] : [])];
}

/** Returns the words of a command line that identify a server of a service. */
function formatServer(service: ServiceId, server: DestinationId, endpoint: EndpointFormatter): string[] {
  const protocol = service.kind === 'address' ? service.protocol : undefined;
  return [...formatService(service, endpoint), '-r', endpoint(server.address, server.port, protocol)];
}

/** Returns the words of a command line for the settings of a service. */
export function formatServiceSettings(service: ServiceId, settings: ServiceSettings): string[] {
  return writeOptions(serviceSettingRows, { service, settings });
}

/** Returns the words of a command line for the settings of a server. */
export function formatServerSettings(settings: DestinationSettings): string[] {
  return writeOptions(serverSettingRows, settings);
}
