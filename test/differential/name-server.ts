import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { nodeWithTypeScript } from '../lab/project.ts';

/** The names of IPv4 addresses. */
export type ReverseZone = Readonly<Record<string, string>>;

/** What /etc/resolv.conf has to say for {@link startNameServer}'s to be asked. Waits a second, once, for an answer. */
export const resolverSettings = 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n';

/** Starts a name server in a network namespace. It knows the names given, and does not answer where it knows none. */
export async function startNameServer(namespace: string, zone: ReverseZone): Promise<ChildProcess> {
  const program = [...nodeWithTypeScript, fileURLToPath(import.meta.url), JSON.stringify(zone)];
  const server = spawn('ip', ['netns', 'exec', namespace, ...program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(server.stdout, 'data');
  return server;
}

function serve(zone: ReverseZone): void {
  const socket = createSocket('udp4', (query, { address, port }) => {
    const name = zone[addressOf(questionOf(query))];
    if (name !== undefined) socket.send(answer(query, name), port, address);
  });
  socket.bind(53, '127.0.0.1', () => process.stdout.write('listening\n'));
}

const headerLength = 12;

/** The name that a query asks about (RFC 1035, 4.1.2). */
function questionOf(query: Buffer): string {
  const labels: string[] = [];
  for (let at = headerLength; query[at]; ) {
    const end = at + 1 + (query[at] ?? 0);
    labels.push(query.toString('latin1', at + 1, end));
    at = end;
  }
  return labels.join('.');
}

/** The address that stands behind the DNS's name for it: `1.0.9.10.in-addr.arpa` is 10.9.0.1. */
function addressOf(name: string): string {
  return name.split('.').slice(0, 4).reverse().join('.');
}

/** An answer with one name: header, the question again, and a record that points at the question's name. */
function answer(query: Buffer, name: string): Buffer {
  const questionEnd = query.indexOf(0, headerLength) + 5; // behind the name's zero are type and class
  const header = Buffer.from(query.subarray(0, headerLength));
  header.writeUInt16BE(0x8180, 2); // a response, to recursion that was wanted and is available
  header.writeUInt16BE(1, 6); // answers
  header.writeUInt32BE(0, 8); // nothing more
  const labels = name.split('.').map((label) => Buffer.from(label, 'latin1'));
  const data = Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), label]),
    Buffer.from([0]),
  ]);
  const record = Buffer.alloc(12);
  record.writeUInt16BE(0xc000 + headerLength, 0); // the name in the question
  record.writeUInt16BE(12, 2); // PTR
  record.writeUInt16BE(1, 4); // IN
  record.writeUInt32BE(60, 6); // seconds that it holds
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([header, query.subarray(headerLength, questionEnd), record, data]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) serve(JSON.parse(process.argv[2] ?? '{}'));
