import type { SyncDaemon, Timeouts } from '../ipvs/model.ts';
import type { JsonDocument } from './schema.ts';

/** The document of `--list --timeout`. */
export function timeoutsDocument({ tcp, tcpFin, udp }: Timeouts): Pick<JsonDocument, 'timeouts'> {
  return { timeouts: { tcp, tcpFin, udp } };
}

/** The document of `--list --daemon`. What a kernel does not tell is left out. */
export function daemonsDocument(daemons: readonly SyncDaemon[]): Pick<JsonDocument, 'daemons'> {
  return {
    daemons: daemons.map(({ role, interface: name, syncId, maxLength, group, port, ttl }) => ({
      role,
      interface: name,
      syncId,
      maxLength,
      group: group?.text,
      port,
      ttl,
    })),
  };
}
