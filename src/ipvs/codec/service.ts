import { ntohl } from '../../netlink/byte-order.ts';
import type { Family } from '../address.ts';
import {
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IPVS_SVC_ATTR_ADDR,
  IPVS_SVC_ATTR_AF,
  IPVS_SVC_ATTR_FLAGS,
  IPVS_SVC_ATTR_FWMARK,
  IPVS_SVC_ATTR_NETMASK,
  IPVS_SVC_ATTR_PE_NAME,
  IPVS_SVC_ATTR_PORT,
  IPVS_SVC_ATTR_PROTOCOL,
  IPVS_SVC_ATTR_SCHED_NAME,
  IPVS_SVC_ATTR_STATS,
  IPVS_SVC_ATTR_STATS64,
  IPVS_SVC_ATTR_TIMEOUT,
} from '../constants.ts';
import type { Service, ServiceId, ServiceSettings, ServiceState } from '../model.ts';
import { be16, family, flags, named, nestedLater, string, u16, u32 } from './field-types.ts';
import { fromUnion, unionAddress } from './inet-address.ts';
import { stats32Table, stats64Table, toStats } from './stats.ts';
import { type RecordOf, required, Table } from './table.ts';

const stateRows = {
  family: [IPVS_SVC_ATTR_AF, family],
  protocol: [IPVS_SVC_ATTR_PROTOCOL, named(u16, { tcp: IPPROTO_TCP, udp: IPPROTO_UDP, sctp: IPPROTO_SCTP })],
  address: [IPVS_SVC_ATTR_ADDR, unionAddress],
  port: [IPVS_SVC_ATTR_PORT, be16],
  fwmark: [IPVS_SVC_ATTR_FWMARK, u32],
  scheduler: [IPVS_SVC_ATTR_SCHED_NAME, string],
  persistenceEngine: [IPVS_SVC_ATTR_PE_NAME, string],
  flags: [IPVS_SVC_ATTR_FLAGS, flags],
  timeout: [IPVS_SVC_ATTR_TIMEOUT, u32],
  netmask: [IPVS_SVC_ATTR_NETMASK, u32],
} as const;

/** Inside `IPVS_CMD_ATTR_SERVICE`, without the statistics: most of what the kernel sends, and of what decoding costs. */
export const serviceStateTable = new Table(stateRows);

/** Inside `IPVS_CMD_ATTR_SERVICE`. */
export const serviceTable = new Table({
  ...stateRows,
  stats32: [IPVS_SVC_ATTR_STATS, nestedLater(stats32Table)],
  stats64: [IPVS_SVC_ATTR_STATS64, nestedLater(stats64Table)],
});

type StateRecord = RecordOf<typeof serviceStateTable>;
type ServiceRecord = RecordOf<typeof serviceTable>;

/** The family of the service that `id` identifies. */
export function familyOf(id: ServiceId): Family {
  return id.kind === 'address' ? id.address.family : id.family;
}

/** What says which service is meant. */
export function fromServiceId(id: ServiceId): StateRecord {
  if (id.kind === 'fwmark') return { family: id.family, fwmark: id.fwmark };
  const { protocol, address, port } = id;
  return { family: address.family, protocol, address: address.bytes, port };
}

/** What says which service is meant and what it shall be like. */
export function fromService(id: ServiceId, settings: ServiceSettings): StateRecord {
  const { scheduler, persistenceEngine, flags, timeout, netmask } = settings;
  return Object.assign(fromServiceId(id), {
    scheduler,
    persistenceEngine,
    flags,
    timeout,
    netmask: swapNetmask(familyOf(id), netmask),
  });
}

/** The service that the kernel's answer describes. */
export function toService(record: ServiceRecord): Service {
  return Object.assign(toServiceState(record), { stats: toStats(record) });
}

/** The same without its statistics. */
export function toServiceState(record: StateRecord): ServiceState {
  const id = toServiceId(record);
  return {
    id,
    scheduler: required(record, 'scheduler'),
    persistenceEngine: record.persistenceEngine,
    flags: required(record, 'flags'),
    timeout: required(record, 'timeout'),
    netmask: swapNetmask(familyOf(id), required(record, 'netmask')),
  };
}

function toServiceId(record: StateRecord): ServiceId {
  const family = required(record, 'family');
  if (record.fwmark) return { kind: 'fwmark', family, fwmark: record.fwmark };
  return {
    kind: 'address',
    protocol: required(record, 'protocol'),
    address: fromUnion(family, required(record, 'address')),
    port: required(record, 'port'),
  };
}

/** The attribute has a `__be32` mask for `inet` and the length of a prefix, in host order, for `inet6`. */
function swapNetmask(family: Family, netmask: number): number {
  return family === 'inet' ? ntohl(netmask) : netmask;
}
