import { Address } from '../ipvs/address.ts';
import {
  type DestinationId,
  type DestinationSettings,
  type FwmarkServiceId,
  familyOf,
  ServiceFlag,
  type ServiceId,
  type ServiceSettings,
  type Tunnel,
  TunnelFlag,
} from '../ipvs/model.ts';
import { isTransportProtocol, type Protocol, type TransportProtocol } from '../ipvs/protocol.ts';
import type { Command, DrainOptions, ListOptions, RestoreOptions } from './command.ts';
import { defaultNetmask } from './defaults.ts';
import { schedulerFlagMask, schedulerFlagNames } from './scheduler-flags.ts';

/** Writes an address and a port as one word; `protocol` is absent behind a firewall mark. */
export type EndpointFormatter = (address: Address, port: number, protocol: Protocol | undefined) => string;

/** `192.0.2.1:80` or `[2001:db8::1]:80`. */
export const formatEndpoint: EndpointFormatter = (address, port) =>
  address.family === 'inet' ? `${address.text}:${port}` : `[${address.text}]:${port}`;

/**
 * The words of a command line that denotes `command`: `parseCommand(formatCommand(c))` is `c` again, as long as
 * `endpoint` writes what the parser's name lookup can read. What is the default is left out, but for scheduler,
 * forwarding method and weight.
 */
export function formatCommand(command: Command, endpoint: EndpointFormatter = formatEndpoint): string[] {
  const server = (option: string, service: ServiceId, { address, port }: DestinationId) => {
    const words = [option, ...formatService(service, endpoint)];
    words.push('-r', endpoint(address, port, service.kind === 'address' ? service.protocol : undefined));
    return words;
  };
  switch (command.name) {
    case 'add-service':
    case 'edit-service':
      return [
        command.name === 'add-service' ? '-A' : '-E',
        ...formatService(command.service, endpoint),
        ...formatServiceSettings(command.service, command.settings),
      ];
    case 'delete-service':
      return ['-D', ...formatService(command.service, endpoint)];
    case 'add-server':
    case 'edit-server':
      return [
        ...server(command.name === 'add-server' ? '-a' : '-e', command.service, command.server),
        ...formatServerSettings(command.settings),
      ];
    case 'delete-server':
      return [...server('-d', command.service, command.server), ...formatDrain(command.drain)];
    case 'flush':
      return ['-C'];
    case 'list':
      return [
        '-L',
        ...(command.service ? formatService(command.service, endpoint) : []),
        ...formatListOptions(command.options),
      ];
    case 'zero':
      return ['-Z', ...(command.service ? formatService(command.service, endpoint) : [])];
    case 'set':
      return ['--set', ...[command.timeouts.tcp, command.timeouts.tcpFin, command.timeouts.udp].map(String)];
    case 'start-daemon': {
      const { role, interface: name, syncId, maxLength, group, port, ttl } = command.daemon;
      return [
        ...['--start-daemon', role, '--mcast-interface', name, '--syncid', String(syncId)],
        ...valued('--sync-maxlen', maxLength),
        ...valued('--mcast-group', group),
        ...valued('--mcast-port', port),
        ...valued('--mcast-ttl', ttl),
      ];
    }
    case 'stop-daemon':
      return ['--stop-daemon', command.role];
    case 'save':
      return command.numeric ? ['-S', '-n'] : ['-S'];
    case 'restore':
      return ['-R', ...formatRestoreOptions(command.options)];
    case 'doctor':
      return ['--doctor'];
    case 'help':
      return ['-h'];
    case 'version':
      return ['-v'];
  }
}

/**
 * Commands as the text of a rule file, one on each line: what `ipvsadm -S` prints and {@link parseRules} reads.
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

function valued(option: string, value: number | string | Address | undefined): string[] {
  return value === undefined ? [] : [option, String(value)];
}

function glued(option: string, value: number | string | undefined): string[] {
  return value === undefined ? [] : [`${option}=${value}`];
}

const protocolOptions: Record<TransportProtocol, string> = { tcp: '-t', udp: '-u', sctp: '--sctp-service' };

/** Stands where there is no option for a protocol, as with ipvsadm 1.31; no parser takes it. */
const noProtocolOption = '--xxx-service';

/** The words of a command line that say which service is meant. */
export function formatService(service: ServiceId, endpoint: EndpointFormatter): string[] {
  if (service.kind === 'fwmark') return [serviceOption(undefined), ...formatMark(service)];
  const { protocol, address, port } = service;
  return [serviceOption(protocol), endpoint(address, port, protocol)];
}

/** The option that names a service of that protocol, or of a firewall mark. */
export function serviceOption(protocol: Protocol | undefined): string {
  if (protocol === undefined) return '-f';
  return isTransportProtocol(protocol) ? protocolOptions[protocol] : noProtocolOption;
}

/** The words behind the option that names a service of a firewall mark. */
export function formatMark({ fwmark, family }: FwmarkServiceId): string[] {
  return [String(fwmark), ...(family === 'inet6' ? ['-6'] : [])];
}

/** The words of a command line that say how a service shall be. */
export function formatServiceSettings(service: ServiceId, settings: ServiceSettings): string[] {
  const { scheduler, flags, timeout, netmask, persistenceEngine } = settings;
  const family = familyOf(service);
  const words = ['-s', scheduler];
  if (flags & ServiceFlag.persistent) words.push('-p', String(timeout));
  if (netmask !== defaultNetmask(family)) words.push('-M', formatNetmask(netmask, family));
  if (persistenceEngine !== undefined) words.push('--pe', persistenceEngine);
  if (flags & ServiceFlag.onePacket) words.push('-o');
  if (flags & schedulerFlagMask) words.push('-b', schedulerFlagNames(scheduler, flags).join(','));
  return words;
}

/** A netmask as `-M` takes it: dotted for IPv4, a prefix length for IPv6. */
export function formatNetmask(netmask: number, family: 'inet' | 'inet6'): string {
  if (family === 'inet6') return String(netmask);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, netmask);
  return Address.from(bytes).text;
}

/** The option of each forwarding method; the kernel makes «local» and «bypass» by itself out of the others. */
const forwardingOptions = { masquerade: '-m', tunnel: '-i', route: '-g', local: '-g', bypass: '-g' } as const;

/** The words of a command line that say how a server shall be used. */
export function formatServerSettings(settings: DestinationSettings): string[] {
  const { forwarding, weight, upperThreshold, lowerThreshold } = settings;
  const words = [forwardingOptions[forwarding], '-w', String(weight)];
  if (upperThreshold) words.push('-x', String(upperThreshold));
  if (lowerThreshold) words.push('-y', String(lowerThreshold));
  if (forwarding === 'tunnel') words.push(...formatTunnel(settings.tunnel));
  return words;
}

function formatTunnel({ type, port, flags }: Tunnel): string[] {
  const checksum =
    flags & TunnelFlag.remoteChecksum
      ? '--tun-remcsum'
      : flags & TunnelFlag.checksum
        ? '--tun-csum'
        : '--tun-nocsum';
  return [
    ...['--tun-type', type],
    ...(type === 'gue' ? ['--tun-port', String(port)] : []),
    ...(type === 'ipip' ? [] : [checksum]),
  ];
}

function formatDrain(drain: DrainOptions | undefined): string[] {
  return drain ? [`--drain=${drain.seconds}`, ...(drain.keep ? ['--keep'] : [])] : [];
}

function formatRestoreOptions(options: RestoreOptions): string[] {
  const { sync, check, dryRun, exitCode, wait, drain, json } = options;
  return [
    ...(sync ? ['--sync'] : []),
    ...(check ? ['--check'] : []),
    ...(dryRun ? ['--dry-run'] : []),
    ...(exitCode ? ['--exit-code'] : []),
    ...(wait === Number.POSITIVE_INFINITY ? ['--wait'] : glued('--wait', wait)),
    ...formatDrain(drain),
    ...(json ? ['--json'] : []),
  ];
}

function formatListOptions(options: ListOptions): string[] {
  const { content, numeric, exact, sorted, persistenceData } = options;
  const { json, rates, table, watch, color, prometheus, output, top } = options;
  return [
    ...(numeric ? ['-n'] : []),
    ...(content === 'table' ? [] : [`--${content}`]),
    ...(persistenceData && content !== 'persistent-conn' ? ['--persistent-conn'] : []),
    ...(exact ? ['--exact'] : []),
    ...(sorted ? [] : ['--nosort']),
    ...(rates ? ['--rate'] : []),
    ...(json ? ['--json'] : []),
    ...(table ? ['--table'] : []),
    ...glued('--watch', watch),
    ...glued('--color', color),
    ...(prometheus ? ['--prometheus'] : []),
    ...valued('--output', output),
    ...glued('--top', top),
  ];
}
