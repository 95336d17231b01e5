import { examine } from '../../src/doctor/examine.ts';
import type { Route } from '../../src/doctor/system.ts';
import type { Forwarding } from '../../src/ipvs/model.ts';
import { type Changes, system } from './snapshot.ts';

/** Returns rules for services on port 80 of 192.0.2.100 and the following addresses, each with these servers. */
export function rules(services: number, options: string, ...servers: readonly string[]): string[] {
  return Array.from({ length: services }, (_, index) => `-t 192.0.2.${100 + index}:80`).flatMap((service) => [
    `-A ${service} -s rr`,
    ...servers.map((server) => `-a ${service} -r ${server} ${options}`),
  ]);
}

/** Two servers for {@link rules}. */
export const two = ['10.0.0.11:80', '10.0.0.12:80'];

/** Rules for a service with a server behind NAT. */
export const nat = rules(1, '-m', '10.0.0.11:80');

/** Rules for a service with two servers behind NAT. */
export const natBoth = rules(1, '-m', ...two);

/** Returns the same route for several addresses. */
export function routes(route: Route, ...texts: readonly string[]) {
  return { routes: Object.fromEntries(texts.map((text) => [text, route])) };
}

/** The route to an address that the director cannot reach. */
export const nowhere: Route = { to: 'nowhere' };

/** Returns each problem of a system, followed by its evidence; `forwarding` replaces the method of all servers. */
export function explained(
  rules: readonly string[],
  changes: Changes = {},
  forwarding?: Forwarding,
): string[] {
  const observed = system(rules, changes);
  const table = observed.table.map((entry) => ({
    ...entry,
    destinations: entry.destinations.map((server) => ({ ...server, ...(forwarding && { forwarding }) })),
  }));
  return examine({ ...observed, table }).flatMap(({ problem, evidence }) => [problem, ...evidence]);
}

/** A cause of findings, what is found, and what is expected. */
export type Explanation = readonly [cause: string, found: readonly string[], expected: readonly string[]];
