import type { Destination, Service } from '../../ipvs/model.ts';
import type { EndpointFormatter } from '../../rules/format.ts';
import type { Column } from '../framed-table/columns.ts';
import { type Past, type Subject, serverName, serviceName } from '../framed-table/rows.ts';
import { factsOfServer, factsOfService } from '../framed-table/totals.ts';

/** A service that is watched. */
export interface Watched {
  /** Tells it from the others. */
  readonly key: string;
  readonly service: Service;
  readonly servers: readonly Destination[];
  readonly past: Past | undefined;
}

/** A watched service with the servers that are to be shown, in their order. */
export interface Chosen extends Subject {
  readonly key: string;
  readonly shown: readonly Destination[];
}

/** The services and servers whose names contain `filter`; a service's own name stands for all its servers. */
export function filterBy(
  services: readonly Watched[],
  filter: string,
  endpoint: EndpointFormatter,
): readonly Chosen[] {
  const wanted = filter.toLowerCase();
  return services.flatMap(({ key, service, servers, past }) => {
    const matches = (name: string) => name.toLowerCase().includes(wanted);
    const shown =
      wanted === '' || matches(serviceName(service, endpoint))
        ? servers
        : servers.filter((server) => matches(serverName(server, service, endpoint)));
    if (shown.length === 0 && shown !== servers) return [];
    return [{ key, entry: { service, destinations: servers }, past, shown }];
  });
}

/** Services by the largest value in a column. */
export function sortServicesBy(services: readonly Chosen[], { value }: Column): readonly Chosen[] {
  if (!value) return services;
  const keyed = services.map((one) => ({ one, key: value(factsOfService(one.entry, one.past)) }));
  return keyed.sort((a, b) => compare(b.key, a.key)).map(({ one }) => one);
}

/** Servers of a service by the largest value in a column. */
export function sortServersBy({ shown, past }: Chosen, { value }: Column): readonly Destination[] {
  if (!value) return shown;
  const keyed = shown.map((one) => ({ one, key: value(factsOfServer(one, past?.ratesOf(one))) }));
  return keyed.sort((a, b) => compare(b.key, a.key)).map(({ one }) => one);
}

function compare(a: number | bigint, b: number | bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
