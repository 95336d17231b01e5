import { type Destination, type Service, type Stats, serverKey } from '../../ipvs/model.ts';
import type { Rates } from '../framed-table/row-totals.ts';
import type { History } from '../framed-table/rows.ts';
import type { Sample, Samples } from './samples.ts';

/** Returns the rates between two readings taken `seconds` apart; `undefined` if the counters were zeroed in between. */
export function ratesBetween(before: Stats, now: Stats, seconds: number): Rates | undefined {
  const rate = (field: keyof Stats) => Number(now[field] - before[field]) / seconds;
  const rates = {
    connections: rate('connections'),
    inPackets: rate('inPackets'),
    outPackets: rate('outPackets'),
    inBytes: rate('inBytes'),
    outBytes: rate('outBytes'),
  };
  return Object.values(rates).every((value) => value >= 0 && Number.isFinite(value)) ? rates : undefined;
}

/** Returns the history of a service and its servers from their samples. */
export function historyOf(service: Samples<Service>, servers: Samples<readonly Destination[]>): History {
  const base = byId(servers.base);
  const previous = byId(servers.previous);
  const seconds = secondsBetween(servers.base, servers.latest);
  return {
    // Computed on demand: most services are not on the screen.
    get rates() {
      const { base, latest } = service;
      return base && ratesBetween(base.value.stats, latest.value.stats, secondsBetween(base, latest));
    },
    ratesOf: (server) => {
      const before = base().get(serverKey(server.id));
      return before && ratesBetween(before.stats, server.stats, seconds);
    },
    before: (server) => previous().get(serverKey(server.id)),
  };
}

function secondsBetween(before: Sample<unknown> | undefined, now: Sample<unknown>): number {
  return before ? (now.time - before.time) / 1000 : Number.NaN;
}

/** Returns a function that returns the servers of a sample by {@link serverKey}; the map is built at the first call. */
function byId(sample: Sample<readonly Destination[]> | undefined): () => Map<string, Destination> {
  let found: Map<string, Destination> | undefined;
  return () => {
    found ??= new Map(sample?.value.map((server) => [serverKey(server.id), server]));
    return found;
  };
}
