import type { Address, Family } from '../address.ts';
import { IPVS_CMD_ATTR, IPVS_SVC_ATTR } from '../constants.ts';
import { type Protocol, type Service, ServiceFlag, type ServiceId, type ServiceSettings } from '../model.ts';
import { required } from './required.ts';
import { Schema } from './schema.ts';
import { stats32, stats64 } from './stats.ts';
import { address, be16, family, flags, netmask, protocol, string, u32, within } from './wire-types.ts';

/** Identity of a service: protocol, address and port, or a firewall mark. */
interface ServiceIdentity {
  readonly family?: Family;
  readonly protocol?: Protocol;
  readonly address?: Address;
  readonly port?: number;
  readonly fwmark?: number;
}

/** Flags that the administrator chooses. */
const chosenFlags =
  ServiceFlag.persistent |
  ServiceFlag.onePacket |
  ServiceFlag.scheduler1 |
  ServiceFlag.scheduler2 |
  ServiceFlag.scheduler3;

const ofPersistence = {
  matters: ({ flags }: ServiceSettings) => (flags & ServiceFlag.persistent) !== 0,
} as const;

/**
 * A firewall mark. The kernel takes 0 for no mark, and then reads protocol, address and port instead (`ip_vs_genl_parse_service`,
 * net/netfilter/ipvs/ip_vs_ctl.c).
 */
const mark = within(1, 0xffffffff, u32);

/** Attributes inside `IPVS_CMD_ATTR_SERVICE`. */
export const serviceSchema = new Schema<Service, ServiceSettings, ServiceId, ServiceIdentity>({
  name: 'service',
  attribute: IPVS_CMD_ATTR.SERVICE,
  identity: {
    family: [IPVS_SVC_ATTR.AF, family, { optional: true }],
    protocol: [IPVS_SVC_ATTR.PROTOCOL, protocol, { optional: true }],
    address: [IPVS_SVC_ATTR.ADDR, address, { optional: true }],
    port: [IPVS_SVC_ATTR.PORT, be16, { optional: true }],
    fwmark: [IPVS_SVC_ATTR.FWMARK, mark, { optional: true }],
  },
  identify,
  toId,
  settings: {
    scheduler: [IPVS_SVC_ATTR.SCHED_NAME, string],
    persistenceEngine: [IPVS_SVC_ATTR.PE_NAME, string, { optional: true }],
    flags: [IPVS_SVC_ATTR.FLAGS, flags, { chosenBits: chosenFlags }],
    timeout: [IPVS_SVC_ATTR.TIMEOUT, u32, ofPersistence],
    netmask: [IPVS_SVC_ATTR.NETMASK, netmask, ofPersistence],
  },
  reported: {
    stats: [IPVS_SVC_ATTR.STATS64, stats64, { since: '4.1', or: [IPVS_SVC_ATTR.STATS, stats32] }],
  },
});

function identify(id: ServiceId): ServiceIdentity {
  switch (id.kind) {
    case 'fwmark':
      return { fwmark: id.fwmark, family: id.family };
    case 'address': {
      const { protocol, address, port } = id;
      return { protocol, address, port, family: address?.family };
    }
    default:
      throw new TypeError('service.kind must be "address" or "fwmark"');
  }
}

function toId({ family, protocol, address, port, fwmark }: ServiceIdentity): ServiceId {
  const known = required(family, 'family');
  if (fwmark) return { kind: 'fwmark', family: known, fwmark };
  return {
    kind: 'address',
    protocol: required(protocol, 'protocol'),
    address: required(address, 'address'),
    port: required(port, 'port'),
  };
}
