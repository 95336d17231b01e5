import type { Family } from '../address.ts';
import { IP_VS_CONN_F, IP_VS_CONN_F_TUNNEL_TYPE, IPVS_CMD_ATTR, IPVS_DEST_ATTR } from '../constants.ts';
import type { Destination, DestinationId, DestinationSettings, Forwarding, TunnelType } from '../model.ts';
import { required } from './required.ts';
import { Schema } from './schema.ts';
import { stats32, stats64 } from './stats.ts';
import { address, be16, family, named, u8, u16, u32 } from './wire-types.ts';

/** The kernel's numbers of forwarding methods. */
export const forwardingNumbers: Readonly<Record<Forwarding, number>> = {
  masquerade: IP_VS_CONN_F.MASQ,
  local: IP_VS_CONN_F.LOCALNODE,
  tunnel: IP_VS_CONN_F.TUNNEL,
  route: IP_VS_CONN_F.DROUTE,
  bypass: IP_VS_CONN_F.BYPASS,
};

/** The kernel's numbers of tunnel types. */
export const tunnelTypeNumbers: Readonly<Record<TunnelType, number>> = {
  ipip: IP_VS_CONN_F_TUNNEL_TYPE.IPIP,
  gue: IP_VS_CONN_F_TUNNEL_TYPE.GUE,
  gre: IP_VS_CONN_F_TUNNEL_TYPE.GRE,
};

/** Identity of a real server within its service. */
interface DestinationIdentity extends DestinationId {
  readonly family: Family;
}

/** Attributes inside `IPVS_CMD_ATTR_DEST`. */
export const destinationSchema = new Schema<
  Destination,
  DestinationSettings,
  DestinationId,
  DestinationIdentity
>({
  name: 'destination',
  attribute: IPVS_CMD_ATTR.DEST,
  identity: {
    family: [IPVS_DEST_ATTR.ADDR_FAMILY, family, { since: '3.18' }],
    address: [IPVS_DEST_ATTR.ADDR, address],
    port: [IPVS_DEST_ATTR.PORT, be16],
  },
  identify: ({ address, port }) => ({ address, port, family: address?.family }),
  toId: ({ address, port }) => ({ address: required(address, 'address'), port: required(port, 'port') }),
  settings: {
    forwarding: [IPVS_DEST_ATTR.FWD_METHOD, named(u32, forwardingNumbers)],
    weight: [IPVS_DEST_ATTR.WEIGHT, u32],
    upperThreshold: [IPVS_DEST_ATTR.U_THRESH, u32],
    lowerThreshold: [IPVS_DEST_ATTR.L_THRESH, u32],
    'tunnel.type': [IPVS_DEST_ATTR.TUN_TYPE, named(u8, tunnelTypeNumbers), ofTunnels('ipip')],
    'tunnel.port': [IPVS_DEST_ATTR.TUN_PORT, be16, ofTunnels(0)],
    'tunnel.flags': [IPVS_DEST_ATTR.TUN_FLAGS, u16, ofTunnels(0)],
  },
  reported: {
    activeConnections: [IPVS_DEST_ATTR.ACTIVE_CONNS, u32],
    inactiveConnections: [IPVS_DEST_ATTR.INACT_CONNS, u32],
    persistentConnections: [IPVS_DEST_ATTR.PERSIST_CONNS, u32],
    stats: [IPVS_DEST_ATTR.STATS64, stats64, { since: '4.1', or: [IPVS_DEST_ATTR.STATS, stats32] }],
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
