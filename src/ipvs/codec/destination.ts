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
  IPVS_DEST_ATTR_TUN_FLAGS,
  IPVS_DEST_ATTR_TUN_PORT,
  IPVS_DEST_ATTR_TUN_TYPE,
  IPVS_DEST_ATTR_U_THRESH,
  IPVS_DEST_ATTR_WEIGHT,
} from '../constants.ts';
import type { DestinationId, DestinationSettings, Forwarding, TunnelType } from '../model.ts';
import { be16, family, named, u8, u16, u32 } from './field-types.ts';
import { inet6Address, inetAddress } from './inet-address.ts';
import { type RecordOf, Table } from './table.ts';

/** The numbers of forwarding methods. */
export const forwardingNumbers: Readonly<Record<Forwarding, number>> = {
  masquerade: IP_VS_CONN_F_MASQ,
  local: IP_VS_CONN_F_LOCALNODE,
  tunnel: IP_VS_CONN_F_TUNNEL,
  route: IP_VS_CONN_F_DROUTE,
  bypass: IP_VS_CONN_F_BYPASS,
};

/** The numbers of kinds of tunnels. */
export const tunnelTypeNumbers: Readonly<Record<TunnelType, number>> = {
  ipip: IP_VS_CONN_F_TUNNEL_TYPE_IPIP,
  gue: IP_VS_CONN_F_TUNNEL_TYPE_GUE,
  gre: IP_VS_CONN_F_TUNNEL_TYPE_GRE,
};

/** Inside `IPVS_CMD_ATTR_DEST`. */
export const destinationTable = new Table({
  /** Since Linux 3.18. */
  family: [IPVS_DEST_ATTR_ADDR_FAMILY, family],
  inetAddress: [IPVS_DEST_ATTR_ADDR, inetAddress],
  inet6Address: [IPVS_DEST_ATTR_ADDR, inet6Address],
  port: [IPVS_DEST_ATTR_PORT, be16],
  forwarding: [IPVS_DEST_ATTR_FWD_METHOD, named(u32, forwardingNumbers)],
  weight: [IPVS_DEST_ATTR_WEIGHT, u32],
  upperThreshold: [IPVS_DEST_ATTR_U_THRESH, u32],
  lowerThreshold: [IPVS_DEST_ATTR_L_THRESH, u32],
  /** The tunnel's since Linux 5.3. */
  tunnelType: [IPVS_DEST_ATTR_TUN_TYPE, named(u8, tunnelTypeNumbers)],
  tunnelPort: [IPVS_DEST_ATTR_TUN_PORT, be16],
  tunnelFlags: [IPVS_DEST_ATTR_TUN_FLAGS, u16],
  activeConnections: [IPVS_DEST_ATTR_ACTIVE_CONNS, u32],
  inactiveConnections: [IPVS_DEST_ATTR_INACT_CONNS, u32],
  persistentConnections: [IPVS_DEST_ATTR_PERSIST_CONNS, u32],
});

type DestinationRecord = RecordOf<typeof destinationTable>;

/** What says which real server is meant. */
export function fromDestinationId({ address, port }: DestinationId): DestinationRecord {
  return address.family === 'inet'
    ? { family: 'inet', inetAddress: address, port }
    : { family: 'inet6', inet6Address: address, port };
}

/** What says which real server is meant and how it shall be used. */
export function fromDestination(id: DestinationId, settings: DestinationSettings): DestinationRecord {
  const { address, port } = id;
  const { forwarding, weight, upperThreshold, lowerThreshold, tunnel } = settings;
  // The kernel takes one that is not told for IP in IP (`ip_vs_genl_parse_dest`, net/netfilter/ipvs/ip_vs_ctl.c).
  const isPlain = tunnel.type === 'ipip' && tunnel.port === 0 && tunnel.flags === 0;
  // In one literal, as V8 takes ten times as long to make one out of two.
  return {
    family: address.family,
    inetAddress: address.family === 'inet' ? address : undefined,
    inet6Address: address.family === 'inet' ? undefined : address,
    port,
    forwarding,
    weight,
    upperThreshold,
    lowerThreshold,
    tunnelType: isPlain ? undefined : tunnel.type,
    tunnelPort: isPlain ? undefined : tunnel.port,
    tunnelFlags: isPlain ? undefined : tunnel.flags,
  };
}
