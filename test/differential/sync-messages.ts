import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Address } from '../../src/ipvs/address.ts';
import { nodeWithTypeScript } from '../lab/project.ts';

/** A connection in a sync message from one director to another; all its addresses have the same family. */
export interface SyncedConnection {
  readonly protocol: keyof typeof protocols;
  readonly client: readonly [address: string, port: number];
  readonly virtual: readonly [address: string, port: number];
  readonly server: readonly [address: string, port: number];
  /** The kernel's number of the protocol's state; 1 is ESTABLISHED for TCP. */
  readonly state?: number;
  /** Seconds until the connection expires. */
  readonly timeout: number;
  /** Whether this is a persistence template, which applies to all future connections of a client. */
  readonly template?: boolean;
  /** Data by which a persistence engine identifies the client. */
  readonly persistence?: { readonly engine: string; readonly data: string };
}

const protocols = { IP: 0, TCP: 6, UDP: 17, SCTP: 132 } as const;

const group = '224.0.0.81';
const port = 8848;
const syncId = 7;

/** Arguments of `ipvsadm` that start a backup daemon which accepts these messages. */
export const backupDaemon = `--start-daemon backup --mcast-interface lo --syncid ${syncId}`;

/** Flags of a connection, `IP_VS_CONN_F_*` in `<linux/ip_vs.h>`. */
const Flag = { route: 0x0003, inactive: 0x0100, template: 0x1000 } as const;

/** Types of the options that may follow a connection in a message. */
const Option = { persistenceData: 2, persistenceEngine: 3 } as const;

/** Adds connections to the table of a network namespace in which the {@link backupDaemon} is running. */
export async function sendConnections(namespace: string, connections: readonly SyncedConnection[]) {
  const program = [...nodeWithTypeScript, fileURLToPath(import.meta.url), JSON.stringify(connections)];
  const sender = spawn('ip', ['netns', 'exec', namespace, ...program], { stdio: 'inherit' });
  const [code] = await once(sender, 'exit');
  if (code !== 0) throw new Error(`the sender of connections ended with status ${code}`);
}

/** Encodes a sync message of protocol version 1 with one connection. */
export function syncMessage(connection: SyncedConnection): Buffer {
  const body = encode(connection);
  const header = Buffer.alloc(8);
  header.writeUInt8(syncId, 1);
  header.writeUInt16BE(header.length + body.length, 2);
  header.writeUInt8(1, 4); // number of connections
  header.writeUInt8(1, 5); // version
  return Buffer.concat([header, body]);
}

function encode(connection: SyncedConnection): Buffer {
  const { protocol, client, virtual, server, state = 0, timeout, template, persistence } = connection;
  const addresses = [client, virtual, server].map(([text]) => addressBytes(text));
  const options = persistence ? encodePersistence(persistence) : Buffer.alloc(0);
  const fixed = Buffer.alloc(24);
  const size = fixed.length + Buffer.concat(addresses).length + options.length;
  fixed.writeUInt8(addresses[0]?.length === 16 ? 1 : 0, 0);
  fixed.writeUInt8(protocols[protocol], 1);
  fixed.writeUInt16BE(size, 2);
  fixed.writeUInt32BE(template ? Flag.template | Flag.route : Flag.inactive | Flag.route, 4);
  fixed.writeUInt16BE(state, 8);
  for (const [index, [, number]] of [client, virtual, server].entries())
    fixed.writeUInt16BE(number, 10 + 2 * index);
  fixed.writeUInt32BE(timeout, 20);
  return Buffer.concat([fixed, ...addresses, options]);
}

function encodePersistence({ engine, data }: { engine: string; data: string }): Buffer {
  const option = (type: number, text: string) => [
    Buffer.from([type, text.length]),
    Buffer.from(text, 'latin1'),
  ];
  return Buffer.concat([
    ...option(Option.persistenceData, data),
    ...option(Option.persistenceEngine, engine),
  ]);
}

function addressBytes(text: string): Uint8Array {
  const address = Address.parse(text);
  if (!address) throw new TypeError(`not an address: ${text}`);
  return address.bytes;
}

async function send(connections: readonly SyncedConnection[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const connection of connections)
    await new Promise<void>((resolve, reject) => {
      socket.send(syncMessage(connection), port, group, (error) => (error ? reject(error) : resolve()));
    });
  socket.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await send(JSON.parse(process.argv[2] ?? '[]'));
