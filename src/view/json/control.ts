import type { SyncDaemon, Timeouts } from '../../ipvs/model.ts';

/** The document of `--list --timeout`. */
export function timeoutsDocument({ tcp, tcpFin, udp }: Timeouts) {
  return { timeouts: { tcp, tcpFin, udp } };
}

/** The document of `--list --daemon`. What a kernel does not tell is left out. */
export function daemonsDocument(daemons: readonly SyncDaemon[]) {
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
