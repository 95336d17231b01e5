import type { Destination, Service } from '../../ipvs/model.ts';
import type { EndpointFormatter } from '../../rules/format.ts';
import type { Column } from '../framed-table/columns.ts';
import { serverTotals, serviceTotals } from '../framed-table/row-totals.ts';
import { type History, type ShownService, serverName, serviceName } from '../framed-table/rows.ts';

/** A watched service with its servers. */
export interface WatchedService {
  /** Key of the service. */
  readonly key: string;
  readonly service: Service;
  readonly servers: readonly Destination[];
  readonly history: History | undefined;
}

/** A watched service with the servers to show, in order. */
export interface SelectedService extends ShownService {
  readonly key: string;
  readonly shown: readonly Destination[];
}

/** Selects the services and servers whose names contain `filter`; a service whose own name matches keeps all servers. */
export function filterByName(
  services: readonly WatchedService[],
  filter: string,
  endpoint: EndpointFormatter,
): readonly SelectedService[] {
  const wanted = filter.toLowerCase();
  return services.flatMap(({ key, service, servers, history }) => {
    const matches = (name: string) => name.toLowerCase().includes(wanted);
    const shown =
      wanted === '' || matches(serviceName(service, endpoint))
        ? servers
        : servers.filter((server) => matches(serverName(server, service, endpoint)));
    if (shown.length === 0 && shown !== servers) return [];
    return [{ key, entry: { service, destinations: servers }, history, shown }];
  });
}

/** Sorts services by a column, largest value first. */
export function sortServicesBy(
  services: readonly SelectedService[],
  { value }: Column,
): readonly SelectedService[] {
  if (!value) return services;
  const keyed = services.map((one) => ({ one, key: value(serviceTotals(one.entry, one.history)) }));
  return keyed.sort((a, b) => compare(b.key, a.key)).map(({ one }) => one);
}

/** Sorts the servers of a service by a column, largest value first. */
export function sortServersBy(
  { shown, history }: SelectedService,
  { value }: Column,
): readonly Destination[] {
  if (!value) return shown;
  const keyed = shown.map((one) => ({ one, key: value(serverTotals(one, history?.ratesOf(one))) }));
  return keyed.sort((a, b) => compare(b.key, a.key)).map(({ one }) => one);
}

function compare(a: number | bigint, b: number | bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
