import {
  IP_VS_STATE_BACKUP,
  IP_VS_STATE_MASTER,
  IPVS_CMD_ATTR_DAEMON,
  IPVS_DAEMON_ATTR_MCAST_GROUP,
  IPVS_DAEMON_ATTR_MCAST_GROUP6,
  IPVS_DAEMON_ATTR_MCAST_IFN,
  IPVS_DAEMON_ATTR_MCAST_PORT,
  IPVS_DAEMON_ATTR_MCAST_TTL,
  IPVS_DAEMON_ATTR_STATE,
  IPVS_DAEMON_ATTR_SYNC_ID,
  IPVS_DAEMON_ATTR_SYNC_MAXLEN,
} from '../constants.ts';
import type { SyncDaemon } from '../model.ts';
import { Schema } from './schema.ts';
import { inet6Address, inetAddress, named, string, u8, u16, u32 } from './wire-types.ts';

const role = named(u32, { master: IP_VS_STATE_MASTER, backup: IP_VS_STATE_BACKUP });
const group6 = [IPVS_DAEMON_ATTR_MCAST_GROUP6, inet6Address] as const;
const since43 = { since: '4.3', optional: true } as const;

type DaemonIdentity = Pick<SyncDaemon, 'role'>;

/** Attributes inside `IPVS_CMD_ATTR_DAEMON`. Unlike all other ports, this one is in host order. */
export const daemonSchema = new Schema<SyncDaemon, Omit<SyncDaemon, 'role'>, DaemonIdentity, DaemonIdentity>({
  name: 'daemon',
  attribute: IPVS_CMD_ATTR_DAEMON,
  identity: {
    role: [IPVS_DAEMON_ATTR_STATE, role],
  },
  settings: {
    interface: [IPVS_DAEMON_ATTR_MCAST_IFN, string],
    syncId: [IPVS_DAEMON_ATTR_SYNC_ID, u32],
    maxLength: [IPVS_DAEMON_ATTR_SYNC_MAXLEN, u16, since43],
    group: [IPVS_DAEMON_ATTR_MCAST_GROUP, inetAddress, { ...since43, or: group6 }],
    port: [IPVS_DAEMON_ATTR_MCAST_PORT, u16, since43],
    ttl: [IPVS_DAEMON_ATTR_MCAST_TTL, u8, since43],
  },
  reported: {},
});
