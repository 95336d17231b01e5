import type { Address, Family } from '../address.ts';
import {
  IP_VS_CONN_F_BYPASS,
  IP_VS_CONN_F_DROUTE,
  IP_VS_CONN_F_LOCALNODE,
  IP_VS_CONN_F_MASQ,
  IP_VS_CONN_F_TUNNEL,
  IP_VS_CONN_F_TUNNEL_TYPE_GRE,
  IP_VS_CONN_F_TUNNEL_TYPE_GUE,
  IP_VS_CONN_F_TUNNEL_TYPE_IPIP,
  IPVS_CMD_ATTR_DEST,
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
import type { Destination, DestinationId, DestinationSettings, Forwarding, TunnelType } from '../model.ts';
import { required } from './required.ts';
import { Schema } from './schema.ts';
import { stats32, stats64 } from './stats.ts';
import { address, be16, family, named, u8, u16, u32 } from './wire-types.ts';

/** The kernel's numbers of forwarding methods. */
export const forwardingNumbers: Readonly<Record<Forwarding, number>> = {
  masquerade: IP_VS_CONN_F_MASQ,
  local: IP_VS_CONN_F_LOCALNODE,
  tunnel: IP_VS_CONN_F_TUNNEL,
  route: IP_VS_CONN_F_DROUTE,
  bypass: IP_VS_CONN_F_BYPASS,
};

/** The kernel's numbers of tunnel types. */
export const tunnelTypeNumbers: Readonly<Record<TunnelType, number>> = {
  ipip: IP_VS_CONN_F_TUNNEL_TYPE_IPIP,
  gue: IP_VS_CONN_F_TUNNEL_TYPE_GUE,
  gre: IP_VS_CONN_F_TUNNEL_TYPE_GRE,
};

/** Identity of a real server within its service. */
interface DestinationIdentity {
  readonly family: Family;
  readonly address: Address;
  readonly port: number;
}

/** Attributes inside `IPVS_CMD_ATTR_DEST`. */
export const destinationSchema = new Schema<
  Destination,
  DestinationSettings,
  DestinationId,
  DestinationIdentity
>({
  name: 'destination',
  attribute: IPVS_CMD_ATTR_DEST,
  identity: {
    family: [IPVS_DEST_ATTR_ADDR_FAMILY, family, { since: '3.18' }],
    address: [IPVS_DEST_ATTR_ADDR, address],
    port: [IPVS_DEST_ATTR_PORT, be16],
  },
  identify: ({ address, port }) => ({ address, port, family: address?.family }),
  toId: ({ address, port }) => ({ address: required(address, 'address'), port: required(port, 'port') }),
  settings: {
    forwarding: [IPVS_DEST_ATTR_FWD_METHOD, named(u32, forwardingNumbers)],
    weight: [IPVS_DEST_ATTR_WEIGHT, u32],
    upperThreshold: [IPVS_DEST_ATTR_U_THRESH, u32],
    lowerThreshold: [IPVS_DEST_ATTR_L_THRESH, u32],
    'tunnel.type': [IPVS_DEST_ATTR_TUN_TYPE, named(u8, tunnelTypeNumbers), ofTunnels('ipip')],
    'tunnel.port': [IPVS_DEST_ATTR_TUN_PORT, be16, ofTunnels(0)],
    'tunnel.flags': [IPVS_DEST_ATTR_TUN_FLAGS, u16, ofTunnels(0)],
  },
  reported: {
    activeConnections: [IPVS_DEST_ATTR_ACTIVE_CONNS, u32],
    inactiveConnections: [IPVS_DEST_ATTR_INACT_CONNS, u32],
    persistentConnections: [IPVS_DEST_ATTR_PERSIST_CONNS, u32],
    stats: [IPVS_DEST_ATTR_STATS64, stats64, { since: '4.1', or: [IPVS_DEST_ATTR_STATS, stats32] }],
  },
});

/** Returns the facts of a setting that matters with tunnel forwarding only; `absent` is the kernel's default. */
function ofTunnels<V>(absent: V) {
  return {
    since: '5.3',
    absent,
    matters: ({ forwarding }: DestinationSettings) => forwarding === 'tunnel',
  } as const;
}
