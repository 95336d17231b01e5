import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { nodeWithTypeScript } from '../lab/project.ts';

/** Host names by IPv4 address. */
export type ReverseZone = Readonly<Record<string, string>>;

/** Text of an /etc/resolv.conf that selects the server of {@link startNameServer}; one attempt with a timeout of a second. */
export const resolverSettings = 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n';

/** Starts a name server in a network namespace, which answers for addresses in `zone`, and ignores other queries. */
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

/** Parses the name that a query asks for (RFC 1035, 4.1.2). */
function questionOf(query: Buffer): string {
  const labels: string[] = [];
  for (let at = headerLength; query[at]; ) {
    const end = at + 1 + (query[at] ?? 0);
    labels.push(query.toString('latin1', at + 1, end));
    at = end;
  }
  return labels.join('.');
}

/** Returns the address in a name for reverse lookup: `1.0.9.10.in-addr.arpa` is 10.9.0.1. */
function addressOf(name: string): string {
  return name.split('.').slice(0, 4).reverse().join('.');
}

/** Encodes an answer with one name: header, a copy of the question, and a record that refers to the question's name. */
function answer(query: Buffer, name: string): Buffer {
  const questionEnd = query.indexOf(0, headerLength) + 5; // type and class follow the zero that ends the name
  const header = Buffer.from(query.subarray(0, headerLength));
  header.writeUInt16BE(0x8180, 2); // response, recursion desired and available
  header.writeUInt16BE(1, 6); // number of answers
  header.writeUInt32BE(0, 8); // no authority and additional records
  const labels = name.split('.').map((label) => Buffer.from(label, 'latin1'));
  const data = Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), label]),
    Buffer.from([0]),
  ]);
  const record = Buffer.alloc(12);
  record.writeUInt16BE(0xc000 + headerLength, 0); // pointer to the name in the question
  record.writeUInt16BE(12, 2); // PTR
  record.writeUInt16BE(1, 4); // IN
  record.writeUInt32BE(60, 6); // TTL in seconds
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([header, query.subarray(headerLength, questionEnd), record, data]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) serve(JSON.parse(process.argv[2] ?? '{}'));
