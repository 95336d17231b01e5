import type { Destination, Stats } from '../../ipvs/model.ts';
import type { ServiceEntry } from '../../ipvs/table.ts';

/** How many of each a second. */
export interface Rates {
  readonly connections: number;
  readonly inPackets: number;
  readonly outPackets: number;
  readonly inBytes: number;
  readonly outBytes: number;
}

/** What is counted of a real server, or of a service with all its servers. */
export interface RowTotals {
  readonly active: number;
  readonly inactive: number;
  readonly persistent: number;
  readonly stats: Stats;
  /** From two looks at the counters; absent after the first one. */
  readonly rates: Rates | undefined;
}

/** The facts of a server. */
export function serverTotals(server: Destination, rates?: Rates): RowTotals {
  return {
    active: server.activeConnections,
    inactive: server.inactiveConnections,
    persistent: server.persistentConnections,
    stats: server.stats,
    rates,
  };
}

/** The facts of a service: its own counters, and the sums of its servers' connections. */
export function serviceTotals(
  { service, destinations }: ServiceEntry,
  history?: { readonly rates: Rates | undefined },
): RowTotals {
  let [active, inactive, persistent] = [0, 0, 0];
  for (const server of destinations) {
    active += server.activeConnections;
    inactive += server.inactiveConnections;
    persistent += server.persistentConnections;
  }
  return {
    active,
    inactive,
    persistent,
    stats: service.stats,
    get rates() {
      return history?.rates;
    },
  };
}

/** Active and inactive connections: what thresholds are compared with. */
export function connectionsOf({ active, inactive }: RowTotals): number {
  return active + inactive;
}
