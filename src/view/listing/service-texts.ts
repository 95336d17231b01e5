import type { Family } from '../../ipvs/address.ts';
import { type FwmarkServiceId, type Protocol, ServiceFlag, type ServiceSettings } from '../../ipvs/model.ts';
import { isTransportProtocol, type TransportProtocol } from '../../ipvs/protocol.ts';
import { defaultNetmask } from '../../rules/defaults.ts';
import { formatNetmask } from '../../rules/netmask.ts';
import { namesFlags, schedulerFlagMask, schedulerFlagNames } from '../../rules/scheduler-flags.ts';

const protocolNames: Record<TransportProtocol, string> = { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP' };

/** The start of a service's line; `undefined` stands for firewall marks. */
export function serviceStart(protocol: Protocol | undefined): string {
  if (protocol === undefined) return 'FWM  ';
  return (isTransportProtocol(protocol) ? protocolNames[protocol] : '?').padEnd(5);
}

/** The name of a service of a firewall mark. ipvsadm 1.31 prints marks above 2147483647 as negative numbers. */
export function markName({ fwmark, family }: FwmarkServiceId): string {
  return `${fwmark | 0}${family === 'inet6' ? ' IPv6' : ''}`;
}

/** Scheduler and flags of a service, behind a blank. */
export function serviceSettingsText(settings: ServiceSettings, family: Family): string {
  const { scheduler, flags } = settings;
  let text = ` ${scheduler}`;
  if (flags & schedulerFlagMask) text += ` (${listedFlagNames(scheduler, flags).join(',')})`;
  if (flags & ServiceFlag.persistent) text += persistence(settings, family);
  if (flags & ServiceFlag.onePacket) text += ' ops';
  return text;
}

function persistence({ timeout, netmask, persistenceEngine }: ServiceSettings, family: Family): string {
  const mask = netmask === defaultNetmask(family) ? '' : ` mask ${formatNetmask(netmask, family)}`;
  return ` persistent ${timeout}${mask}${persistenceEngine ? ` pe ${persistenceEngine}` : ''}`;
}

/** ipvsadm 1.31 shows no third flag beside a scheduler that names the first two. */
function listedFlagNames(scheduler: string, flags: number): string[] {
  return schedulerFlagNames(scheduler, namesFlags(scheduler) ? flags & ~ServiceFlag.scheduler3 : flags);
}
