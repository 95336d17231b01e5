/** Packets and bytes of a network interface, in one direction or in both together. */
export interface Traffic {
  readonly packets: number;
  readonly bytes: number;
}

/** Counters of an interface since it was created. */
export interface InterfaceCounters {
  readonly received: Traffic;
  readonly sent: Traffic;
}

/** Parses `/proc/net/dev`: the counters of interfaces by name. */
export function parseInterfaces(text: string): Map<string, InterfaceCounters> {
  const found = new Map<string, InterfaceCounters>();
  for (const line of text.split('\n').slice(2)) {
    const [name, numbers] = line.split(':');
    if (!name || !numbers) continue;
    const column = numbers.trim().split(/ +/).map(Number);
    const traffic = (first: number) => ({ bytes: column[first] ?? 0, packets: column[first + 1] ?? 0 });
    found.set(name.trim(), { received: traffic(0), sent: traffic(8) });
  }
  return found;
}

/** Parses a counter of `/proc/net/snmp` or `/proc/net/netstat`, such as `OutSegs` of the group `Tcp`. */
export function parseSnmp(text: string, group: string, name: string): number {
  const [names, values] = text
    .split('\n')
    .filter((line) => line.startsWith(`${group}: `))
    .map((line) => line.split(' '));
  return Number(values?.[names?.indexOf(name) ?? -1] ?? Number.NaN);
}

/** Counters of a service or server. */
export interface ListedCounters {
  readonly connections: number;
  readonly inPackets: number;
  readonly outPackets: number;
  readonly inBytes: number;
  readonly outBytes: number;
}

/** Parses `ipvsadm -Ln --stats --exact`, or with `--rate`: counters by `address:port` of services and servers. */
export function parseListedCounters(listing: string): Map<string, ListedCounters> {
  const found = new Map<string, ListedCounters>();
  for (const line of listing.split('\n').slice(3)) {
    const [, name, ...numbers] = line.trim().split(/ +/);
    if (!name) continue;
    const [connections = 0, inPackets = 0, outPackets = 0, inBytes = 0, outBytes = 0] = numbers.map(Number);
    found.set(name, { connections, inPackets, outPackets, inBytes, outBytes });
  }
  return found;
}

/** Returns the sums of the counters of several services or servers. */
export function sumOf(all: readonly ListedCounters[]): ListedCounters {
  const sum = (kind: keyof ListedCounters) => all.reduce((total, counters) => total + counters[kind], 0);
  return {
    connections: sum('connections'),
    inPackets: sum('inPackets'),
    outPackets: sum('outPackets'),
    inBytes: sum('inBytes'),
    outBytes: sum('outBytes'),
  };
}
