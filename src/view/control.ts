import type { SyncDaemon, Timeouts } from '../ipvs/model.ts';
import { visible } from '../platform/visible.ts';

/** Returns the line of `--list --timeout`. */
export function formatTimeouts({ tcp, tcpFin, udp }: Timeouts): string {
  return `Timeout (tcp tcpfin udp): ${tcp} ${tcpFin} ${udp}\n`;
}

/** Returns the line of `--list --daemon` for one daemon. */
export function formatDaemon({
  role,
  interface: name,
  syncId,
  maxLength,
  group,
  port,
  ttl,
}: SyncDaemon): string {
  return `${role} sync daemon (mcast=${visible(name)}, syncid=${syncId}, maxlen=${maxLength}, group=${group}, port=${port}, ttl=${ttl})\n`;
}
