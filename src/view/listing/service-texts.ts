import type { Family } from '../../ipvs/address.ts';
import { type FwmarkServiceId, type Protocol, ServiceFlag, type ServiceSettings } from '../../ipvs/model.ts';
import { isTransportProtocol, type TransportProtocol } from '../../ipvs/protocol.ts';
import { defaultNetmask } from '../../rules/defaults.ts';
import { formatNetmask } from '../../rules/netmask.ts';
import { namesFlags, schedulerFlagMask, schedulerFlagNames } from '../../rules/scheduler-flags.ts';

const protocolNames: Record<TransportProtocol, string> = { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP' };

/** Returns the start of a service's line; `undefined` means a firewall mark. */
export function serviceStart(protocol: Protocol | undefined): string {
  if (protocol === undefined) return 'FWM  ';
  return (isTransportProtocol(protocol) ? protocolNames[protocol] : '?').padEnd(5);
}

/** Returns the name of a firewall-mark service. ipvsadm 1.31 prints marks above 2147483647 as negative numbers. */
export function markName({ fwmark, family }: FwmarkServiceId): string {
  return `${fwmark | 0}${family === 'inet6' ? ' IPv6' : ''}`;
}

/** Returns the scheduler and flags of a service, after a blank. */
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

/** Returns the names of scheduler flags. ipvsadm 1.31 omits the third flag of schedulers with names for the first two. */
function listedFlagNames(scheduler: string, flags: number): string[] {
  return schedulerFlagNames(scheduler, namesFlags(scheduler) ? flags & ~ServiceFlag.scheduler3 : flags);
}
