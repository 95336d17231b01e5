import { IP_VS_STATE, IPVS_CMD_ATTR, IPVS_DAEMON_ATTR } from '../constants.ts';
import { maxSyncId, type SyncDaemon } from '../model.ts';
import { Schema } from './schema.ts';
import { inet6Address, inetAddress, named, string, u8, u16, u32, within } from './wire-types.ts';

const role = named(u32, { master: IP_VS_STATE.MASTER, backup: IP_VS_STATE.BACKUP });
const syncId = within(0, maxSyncId, u32);
const group6 = [IPVS_DAEMON_ATTR.MCAST_GROUP6, inet6Address] as const;
const since43 = { since: '4.3', optional: true } as const;

type DaemonIdentity = Pick<SyncDaemon, 'role'>;

/** Attributes inside `IPVS_CMD_ATTR_DAEMON`. Unlike all other ports, this one is in host order. */
export const daemonSchema = new Schema<SyncDaemon, Omit<SyncDaemon, 'role'>, DaemonIdentity, DaemonIdentity>({
  name: 'daemon',
  attribute: IPVS_CMD_ATTR.DAEMON,
  identity: {
    role: [IPVS_DAEMON_ATTR.STATE, role],
  },
  settings: {
    interface: [IPVS_DAEMON_ATTR.MCAST_IFN, string],
    syncId: [IPVS_DAEMON_ATTR.SYNC_ID, syncId],
    maxLength: [IPVS_DAEMON_ATTR.SYNC_MAXLEN, u16, since43],
    group: [IPVS_DAEMON_ATTR.MCAST_GROUP, inetAddress, { ...since43, or: group6 }],
    port: [IPVS_DAEMON_ATTR.MCAST_PORT, u16, since43],
    ttl: [IPVS_DAEMON_ATTR.MCAST_TTL, u8, since43],
  },
  reported: {},
});
