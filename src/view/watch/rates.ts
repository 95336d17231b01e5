import type { Destination, Service, Stats } from '../../ipvs/model.ts';
import type { Rates } from '../framed-table/row-totals.ts';
import type { History } from '../framed-table/rows.ts';
import type { Sample, Samples } from './samples.ts';

/** Rates between two looks at counters, `seconds` apart; none when the counters were set to zero between them. */
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

/** The past of a service and its servers, as far as it was looked at. */
export function historyOf(service: Samples<Service>, servers: Samples<readonly Destination[]>): History {
  const base = byId(servers.base);
  const previous = byId(servers.previous);
  const seconds = secondsBetween(servers.base, servers.latest);
  return {
    // Most services are not on the screen.
    get rates() {
      const { base, latest } = service;
      return base && ratesBetween(base.value.stats, latest.value.stats, secondsBetween(base, latest));
    },
    ratesOf: (server) => {
      const before = base().get(idText(server));
      return before && ratesBetween(before.stats, server.stats, seconds);
    },
    before: (server) => previous().get(idText(server)),
  };
}

function secondsBetween(before: Sample<unknown> | undefined, now: Sample<unknown>): number {
  return before ? (now.time - before.time) / 1000 : Number.NaN;
}

/** Servers by what identifies them, sorted so only when they are asked for. */
function byId(sample: Sample<readonly Destination[]> | undefined): () => Map<string, Destination> {
  let found: Map<string, Destination> | undefined;
  return () => {
    found ??= new Map(sample?.value.map((server) => [idText(server), server]));
    return found;
  };
}

function idText({ id: { address, port } }: Destination): string {
  return `${address.text} ${port}`;
}
