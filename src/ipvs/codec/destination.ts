import type { Family } from '../address.ts';
import {
  IP_VS_CONN_F_BYPASS,
  IP_VS_CONN_F_DROUTE,
  IP_VS_CONN_F_LOCALNODE,
  IP_VS_CONN_F_MASQ,
  IP_VS_CONN_F_TUNNEL,
  IP_VS_CONN_F_TUNNEL_TYPE_GRE,
  IP_VS_CONN_F_TUNNEL_TYPE_GUE,
  IP_VS_CONN_F_TUNNEL_TYPE_IPIP,
  IPVS_DEST_ATTR_ACTIVE_CONNS,
  IPVS_DEST_ATTR_ADDR,
  IPVS_DEST_ATTR_ADDR_FAMILY,
  IPVS_DEST_ATTR_FWD_METHOD,
  IPVS_DEST_ATTR_INACT_CONNS,
  IPVS_DEST_ATTR_L_THRESH,
  IPVS_DEST_ATTR_PERSIST_CONNS,
  IPVS_DEST_ATTR_PORT,
  IPVS_DEST_ATTR_STATS,
  IPVS_DEST_ATTR_STATS64,
  IPVS_DEST_ATTR_TUN_FLAGS,
  IPVS_DEST_ATTR_TUN_PORT,
  IPVS_DEST_ATTR_TUN_TYPE,
  IPVS_DEST_ATTR_U_THRESH,
  IPVS_DEST_ATTR_WEIGHT,
} from '../constants.ts';
import type { Destination, DestinationId, DestinationSettings, DestinationState } from '../model.ts';
import { be16, family, named, nestedLater, u8, u16, u32 } from './field-types.ts';
import { fromUnion, unionAddress } from './inet-address.ts';
import { stats32Table, stats64Table, toStats } from './stats.ts';
import { type RecordOf, required, Table } from './table.ts';

const forwarding = named(u32, {
  masquerade: IP_VS_CONN_F_MASQ,
  local: IP_VS_CONN_F_LOCALNODE,
  tunnel: IP_VS_CONN_F_TUNNEL,
  route: IP_VS_CONN_F_DROUTE,
  bypass: IP_VS_CONN_F_BYPASS,
});

const tunnelType = named(u8, {
  ipip: IP_VS_CONN_F_TUNNEL_TYPE_IPIP,
  gue: IP_VS_CONN_F_TUNNEL_TYPE_GUE,
  gre: IP_VS_CONN_F_TUNNEL_TYPE_GRE,
});

const stateRows = {
  /** Since Linux 3.18. */
  family: [IPVS_DEST_ATTR_ADDR_FAMILY, family],
  address: [IPVS_DEST_ATTR_ADDR, unionAddress],
  port: [IPVS_DEST_ATTR_PORT, be16],
  forwarding: [IPVS_DEST_ATTR_FWD_METHOD, forwarding],
  weight: [IPVS_DEST_ATTR_WEIGHT, u32],
  upperThreshold: [IPVS_DEST_ATTR_U_THRESH, u32],
  lowerThreshold: [IPVS_DEST_ATTR_L_THRESH, u32],
  /** The tunnel's since Linux 5.3. */
  tunnelType: [IPVS_DEST_ATTR_TUN_TYPE, tunnelType],
  tunnelPort: [IPVS_DEST_ATTR_TUN_PORT, be16],
  tunnelFlags: [IPVS_DEST_ATTR_TUN_FLAGS, u16],
  activeConnections: [IPVS_DEST_ATTR_ACTIVE_CONNS, u32],
  inactiveConnections: [IPVS_DEST_ATTR_INACT_CONNS, u32],
  persistentConnections: [IPVS_DEST_ATTR_PERSIST_CONNS, u32],
} as const;

/** Inside `IPVS_CMD_ATTR_DEST`, without the statistics: most of what the kernel sends, and of what decoding costs. */
export const destinationStateTable = new Table(stateRows);

/** Inside `IPVS_CMD_ATTR_DEST`. */
export const destinationTable = new Table({
  ...stateRows,
  stats32: [IPVS_DEST_ATTR_STATS, nestedLater(stats32Table)],
  stats64: [IPVS_DEST_ATTR_STATS64, nestedLater(stats64Table)],
});

type StateRecord = RecordOf<typeof destinationStateTable>;
type DestinationRecord = RecordOf<typeof destinationTable>;

/** What says which real server is meant. */
export function fromDestinationId({ address, port }: DestinationId): StateRecord {
  return { family: address.family, address: address.bytes, port };
}

/** What says which real server is meant and how it shall be used. */
export function fromDestination(id: DestinationId, settings: DestinationSettings): StateRecord {
  const { address, port } = id;
  const { forwarding, weight, upperThreshold, lowerThreshold, tunnel } = settings;
  // In one literal, as V8 takes ten times as long to make one out of two.
  return {
    family: address.family,
    address: address.bytes,
    port,
    forwarding,
    weight,
    upperThreshold,
    lowerThreshold,
    tunnelType: tunnel.type,
    tunnelPort: tunnel.port,
    tunnelFlags: tunnel.flags,
  };
}

/** The real server, of a service of `serviceFamily`, that the kernel's answer describes. */
export function toDestination(record: DestinationRecord, serviceFamily: Family): Destination {
  return Object.assign(toDestinationState(record, serviceFamily), { stats: toStats(record) });
}

/** The same without its statistics. */
export function toDestinationState(record: StateRecord, serviceFamily: Family): DestinationState {
  return {
    id: {
      address: fromUnion(record.family ?? serviceFamily, required(record, 'address')),
      port: required(record, 'port'),
    },
    forwarding: required(record, 'forwarding'),
    weight: required(record, 'weight'),
    upperThreshold: required(record, 'upperThreshold'),
    lowerThreshold: required(record, 'lowerThreshold'),
    tunnel: {
      type: record.tunnelType ?? 'ipip',
      port: record.tunnelPort ?? 0,
      flags: record.tunnelFlags ?? 0,
    },
    activeConnections: required(record, 'activeConnections'),
    inactiveConnections: required(record, 'inactiveConnections'),
    persistentConnections: required(record, 'persistentConnections'),
  };
}
