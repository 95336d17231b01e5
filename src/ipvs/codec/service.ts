import { ntohl } from '../../netlink/byte-order.ts';
import type { Family } from '../address.ts';
import {
  IPVS_SVC_ATTR_ADDR,
  IPVS_SVC_ATTR_AF,
  IPVS_SVC_ATTR_FLAGS,
  IPVS_SVC_ATTR_FWMARK,
  IPVS_SVC_ATTR_NETMASK,
  IPVS_SVC_ATTR_PE_NAME,
  IPVS_SVC_ATTR_PORT,
  IPVS_SVC_ATTR_PROTOCOL,
  IPVS_SVC_ATTR_SCHED_NAME,
  IPVS_SVC_ATTR_TIMEOUT,
} from '../constants.ts';
import { familyOf, type Protocol, type ServiceId, type ServiceSettings } from '../model.ts';
import { protocolNumber, protocolOf } from '../protocol.ts';
import { be16, family, flags, string, u32 } from './field-types.ts';
import { inet6Address, inetAddress } from './inet-address.ts';
import { type FieldType, type RecordOf, Table } from './table.ts';

/** A protocol, in 16 bits as IPVS sends it. */
const protocol: FieldType<Protocol> = {
  write: (writer, attribute, value) => writer.u16(attribute, protocolNumber(value)),
  read: (reader) => protocolOf(reader.u16()),
  number: 'u16',
};

/** Inside `IPVS_CMD_ATTR_SERVICE`. */
export const serviceTable = new Table({
  family: [IPVS_SVC_ATTR_AF, family],
  protocol: [IPVS_SVC_ATTR_PROTOCOL, protocol],
  inetAddress: [IPVS_SVC_ATTR_ADDR, inetAddress],
  inet6Address: [IPVS_SVC_ATTR_ADDR, inet6Address],
  port: [IPVS_SVC_ATTR_PORT, be16],
  fwmark: [IPVS_SVC_ATTR_FWMARK, u32],
  scheduler: [IPVS_SVC_ATTR_SCHED_NAME, string],
  persistenceEngine: [IPVS_SVC_ATTR_PE_NAME, string],
  flags: [IPVS_SVC_ATTR_FLAGS, flags],
  timeout: [IPVS_SVC_ATTR_TIMEOUT, u32],
  netmask: [IPVS_SVC_ATTR_NETMASK, u32],
});

type ServiceRecord = RecordOf<typeof serviceTable>;

/** What says which service is meant. */
export function fromServiceId(id: ServiceId): ServiceRecord {
  if (id.kind === 'fwmark') return { family: id.family, fwmark: id.fwmark };
  const { protocol, address, port } = id;
  return address.family === 'inet'
    ? { family: 'inet', protocol, inetAddress: address, port }
    : { family: 'inet6', protocol, inet6Address: address, port };
}

/** What says which service is meant and what it shall be like. */
export function fromService(id: ServiceId, settings: ServiceSettings): ServiceRecord {
  const { scheduler, persistenceEngine, flags, timeout, netmask } = settings;
  return Object.assign(fromServiceId(id), {
    scheduler,
    persistenceEngine,
    flags,
    timeout,
    netmask: swapNetmask(familyOf(id), netmask),
  });
}

/** The attribute has a `__be32` mask for `inet` and the length of a prefix, in host order, for `inet6`. */
export function swapNetmask(family: Family, netmask: number): number {
  return family === 'inet' ? ntohl(netmask) : netmask;
}
