import { Address } from '../address.ts';
import {
  IP_VS_STATE_BACKUP,
  IP_VS_STATE_MASTER,
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
import { bytes, named, string, u8, u16, u32 } from './field-types.ts';
import { type RecordOf, required, Table } from './table.ts';

/** Inside `IPVS_CMD_ATTR_DAEMON`. */
export const daemonTable = new Table({
  role: [IPVS_DAEMON_ATTR_STATE, named(u32, { master: IP_VS_STATE_MASTER, backup: IP_VS_STATE_BACKUP })],
  interface: [IPVS_DAEMON_ATTR_MCAST_IFN, string],
  syncId: [IPVS_DAEMON_ATTR_SYNC_ID, u32],
  /** This and the rest since Linux 4.3. */
  maxLength: [IPVS_DAEMON_ATTR_SYNC_MAXLEN, u16],
  group: [IPVS_DAEMON_ATTR_MCAST_GROUP, bytes(4)],
  group6: [IPVS_DAEMON_ATTR_MCAST_GROUP6, bytes(16)],
  /** In host order, unlike every other port. */
  port: [IPVS_DAEMON_ATTR_MCAST_PORT, u16],
  ttl: [IPVS_DAEMON_ATTR_MCAST_TTL, u8],
});

type DaemonRecord = RecordOf<typeof daemonTable>;

/** What says how a daemon shall be started. */
export function fromDaemon({ group, ...daemon }: SyncDaemon): DaemonRecord {
  if (!group) return daemon;
  return group.family === 'inet' ? { ...daemon, group: group.bytes } : { ...daemon, group6: group.bytes };
}

/** The daemon that the kernel's answer describes. */
export function toDaemon(record: DaemonRecord): SyncDaemon {
  const group = record.group ?? record.group6;
  return {
    role: required(record.role, 'role'),
    interface: required(record.interface, 'interface'),
    syncId: required(record.syncId, 'syncId'),
    maxLength: record.maxLength,
    group: group && Address.from(group),
    port: record.port,
    ttl: record.ttl,
  };
}
