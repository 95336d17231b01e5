import { connectionsFile, parseConnection, readConnectionLines } from '../../ipvs/proc/connections.ts';
import { transportProtocol } from '../../ipvs/protocol.ts';
import type { Answers, ConnectionTable, OpenConnections } from '../system.ts';
import type { FileReader } from './files.ts';

/** The kernel's names of states in which both ends expect packets. UDP has only one state. */
const openStates: ReadonlySet<string> = new Set(['ESTABLISHED', 'UDP']);

/** The kernel's name of the TCP state in which only the client has sent something. */
const unansweredState = 'SYN_RECV';

/**
 * Counts the connections in `/proc/net/ip_vs_conn`. Memory grows with the number of services and servers, not of connections.
 */
export function readConnectionTable(
  buckets: number,
  files: FileReader,
  path = connectionsFile,
): ConnectionTable {
  const open = new Map<string, Mutable<OpenConnections>>();
  const answers = new Map<string, Mutable<Answers>>();
  let count = 0;
  files.attempt(path, () => {
    for (const lines of readConnectionLines(path)) {
      count += lines.length;
      for (const line of lines) countLine(line, open, answers);
    }
  });
  return { count, buckets, open: [...open.values()], answers: [...answers.values()] };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function countLine(
  line: string,
  open: Map<string, Mutable<OpenConnections>>,
  answers: Map<string, Mutable<Answers>>,
): void {
  const [name = '', , clientPort, to, toPort, dest, destPort, state = '', expires] = line.split(/ +/, 9);
  // Persistence templates represent all ports of a client, and the kernel drops them when their server is removed.
  if (clientPort === '0000') return;
  const key = `${name} ${to} ${toPort} ${dest} ${destPort}`;
  if (name === 'TCP') {
    const same = answers.get(key) ?? { ...endsOf(line), answered: 0, unanswered: 0 };
    if (state === unansweredState) same.unanswered++;
    else same.answered++;
    answers.set(key, same);
  }
  if (!openStates.has(state)) return;
  const seconds = Number(expires);
  const same = open.get(key);
  if (same) {
    same.count++;
    same.seconds = Math.max(same.seconds, seconds);
    return;
  }
  const protocol = transportProtocol(name);
  if (!protocol) return;
  open.set(key, { protocol, ...endsOf(line), count: 1, seconds });
}

function endsOf(line: string): Pick<OpenConnections, 'virtual' | 'destination'> {
  const { virtual, destination } = parseConnection(line);
  return { virtual, destination };
}
