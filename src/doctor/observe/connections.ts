import { connectionsFile, parseConnection, readConnectionLines } from '../../ipvs/proc/connections.ts';
import { transportProtocol } from '../../ipvs/protocol.ts';
import type { ConnectionTable, OpenConnections } from '../system.ts';
import type { FileReader } from './files.ts';

/** The kernel's names of the states in which both ends expect packets. UDP has only one state. */
const openStates: ReadonlySet<string> = new Set(['ESTABLISHED', 'UDP']);

/**
 * Counts the connections of `/proc/net/ip_vs_conn`. Memory grows with the number of services and servers, not with that of
 * connections.
 */
export function readConnectionTable(
  buckets: number,
  files: FileReader,
  path = connectionsFile,
): ConnectionTable {
  const open = new Map<string, Mutable<OpenConnections>>();
  let count = 0;
  files.attempt(path, () => {
    for (const lines of readConnectionLines(path)) {
      count += lines.length;
      for (const line of lines) countIfOpen(line, open);
    }
  });
  return { count, buckets, open: [...open.values()] };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function countIfOpen(line: string, open: Map<string, Mutable<OpenConnections>>): void {
  const [name = '', , clientPort, to, toPort, dest, destPort, state = '', expires] = line.split(/ +/, 9);
  // Persistence templates stand for all ports of a client, and the kernel drops them when their server is removed.
  if (clientPort === '0000' || !openStates.has(state)) return;
  const key = `${name} ${to} ${toPort} ${dest} ${destPort}`;
  const seconds = Number(expires);
  const same = open.get(key);
  if (same) {
    same.count++;
    same.seconds = Math.max(same.seconds, seconds);
    return;
  }
  const protocol = transportProtocol(name);
  if (!protocol) return;
  const { virtual, destination } = parseConnection(line);
  open.set(key, { protocol, virtual, destination, count: 1, seconds });
}
