import type { SyncDaemon, Timeouts } from '../ipvs/model.ts';
import type { JsonDocument } from './schema.ts';

/** Returns the document of `--list --timeout`. */
export function timeoutsDocument({ tcp, tcpFin, udp }: Timeouts): Pick<JsonDocument, 'timeouts'> {
  return { timeouts: { tcp, tcpFin, udp } };
}

/** Returns the document of `--list --daemon`. Fields that the kernel does not report are left out. */
export function daemonsDocument(daemons: readonly SyncDaemon[]): Pick<JsonDocument, 'daemons'> {
  return { daemons: daemons.map((daemon) => ({ ...daemon, group: daemon.group?.text })) };
}
