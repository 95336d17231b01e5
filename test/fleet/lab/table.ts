import { fleetPlan } from './layout.ts';

/** A service on the VIP, with the weights of its servers by their index; each server has the service's port. */
export interface ServiceRules {
  readonly port: number;
  readonly scheduler: string;
  readonly weights: Readonly<Record<number, number>>;
}

/** Rules of a revision. */
export type Rules = readonly ServiceRules[];

/** Writes rules as a rule file. */
export function ruleFile(rules: Rules): string {
  const lines = rules.flatMap(({ port, scheduler, weights }) => [
    `-A -t ${fleetPlan.vip}:${port} -s ${scheduler}`,
    ...Object.entries(weights).map(
      ([index, weight]) =>
        `-a -t ${fleetPlan.vip}:${port} -r ${fleetPlan.servers[Number(index)]}:${port} -m -w ${weight}`,
    ),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}

/** A table as the kernel shows it: lines of servers with weights by the line of their service, all sorted. */
export type Table = ReadonlyMap<string, readonly string[]>;

/** Parses the contents of `/proc/net/ip_vs`. */
export function readTable(text: string): Table {
  const services = new Map<string, string[]>();
  let servers: string[] = [];
  for (const line of text.split('\n')) {
    const [, service] = /^(?:TCP|UDP) +(\S+ \S+)/.exec(line) ?? [];
    const [, server, weight] = /^ +-> ([0-9A-F]+:[0-9A-F]+) +Masq +(\d+)/.exec(line) ?? [];
    if (service) {
      servers = [];
      services.set(service, servers);
    } else if (server) servers.push(`${server} ${weight}`);
  }
  return sorted(services);
}

/** Returns the table that rules describe. */
export function tableOf(rules: Rules): Table {
  return sorted(
    new Map(
      rules.map(({ port, scheduler, weights }) => [
        `${hex(fleetPlan.vip, port)} ${scheduler}`,
        Object.entries(weights).map(
          ([index, weight]) => `${hex(fleetPlan.servers[Number(index)] ?? '', port)} ${weight}`,
        ),
      ]),
    ),
  );
}

/** Returns a table as one string, for comparisons. */
export function wordOf(table: Table): string {
  return JSON.stringify([...table]);
}

/** Returns for each service, by address and port, whether one of its servers takes connections. */
export function servicesOf(table: Table): ReadonlyMap<string, boolean> {
  return new Map(
    [...table].map(([service, servers]) => [
      service.split(' ')[0] ?? '',
      servers.some((server) => !server.endsWith(' 0')),
    ]),
  );
}

function sorted(services: ReadonlyMap<string, readonly string[]>): Table {
  return new Map(
    [...services].sort(([a], [b]) => a.localeCompare(b)).map(([key, servers]) => [key, [...servers].sort()]),
  );
}

function hex(address: string, port: number): string {
  const digits = (number: number, length: number) => number.toString(16).toUpperCase().padStart(length, '0');
  return `${address
    .split('.')
    .map((part) => digits(Number(part), 2))
    .join('')}:${digits(port, 4)}`;
}
