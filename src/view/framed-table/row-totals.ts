import type { Destination, Stats } from '../../ipvs/model.ts';
import type { Totals } from '../../ipvs/proc/totals.ts';
import type { ServiceEntry } from '../../ipvs/table.ts';

/** Rates per second. */
export type Rates = Readonly<Record<keyof Totals, number>>;

/** Connections, counters and rates of a real server, or of a service with all its servers. */
export interface RowTotals {
  readonly active: number;
  readonly inactive: number;
  readonly persistent: number;
  readonly stats: Stats;
  /** Rates between two readings of the counters; absent after the first reading. */
  readonly rates: Rates | undefined;
}

/** Returns the totals of a server. */
export function serverTotals(server: Destination, rates?: Rates): RowTotals {
  return {
    active: server.activeConnections,
    inactive: server.inactiveConnections,
    persistent: server.persistentConnections,
    stats: server.stats,
    rates,
  };
}

/** Returns the totals of a service: its own counters, and the sums of its servers' connections. */
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

/** Returns the active and inactive connections together, the number that thresholds are compared with. */
export function connectionsOf({ active, inactive }: RowTotals): number {
  return active + inactive;
}
