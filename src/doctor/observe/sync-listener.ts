import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { Address } from '../../ipvs/address.ts';
import type { SyncDaemon } from '../../ipvs/model.ts';
import { defaultGroup, defaultPort } from '../../rules/daemons.ts';
import type { SyncSender } from '../system.ts';
import type { FileReader } from './files.ts';
import { parseSyncMessage } from './sync-messages.ts';

/**
 * Listens to the sync messages that reach the backup daemon of this director. Sends nothing: the kernel's daemon has already
 * joined the group, and every socket bound to the group's address gets a copy. Without a backup daemon, nothing is heard.
 */
export async function listenForDirectors(
  daemons: readonly SyncDaemon[],
  milliseconds: number,
  files: FileReader,
): Promise<SyncSender[]> {
  const backup = daemons.find(({ role }) => role === 'backup');
  if (!backup) return [];
  const senders = new SyncSenders();
  const { group = defaultGroup, port = defaultPort } = backup;
  const isInet6 = group.family === 'inet6';
  const socket = createSocket({ type: isInet6 ? 'udp6' : 'udp4', reuseAddr: true });
  const failed = new Promise<void>((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => {
      files.unreadable.push(`sync messages of other directors (${error.code ?? error.message})`);
      resolve();
    });
  });
  socket.on('message', (bytes, { address }) => senders.hear(bytes, address));
  socket.bind({ port, address: isInet6 ? `${group}%${backup.interface}` : group.text });
  await Promise.race([sleep(milliseconds, undefined, { ref: false }), failed]);
  socket.close();
  return senders.list();
}

interface MutableSender extends Omit<SyncSender, 'virtual'> {
  readonly virtual: Map<string, Address>;
}

// Messages are not authenticated: whoever reaches the network can send any number of them, in any name. Few enough are remembered
// that memory is no concern.
const maxSenders = 1000;
/** Maximum number of virtual addresses of all senders together. */
const maxAddresses = 100_000;

/** The directors that have sent sync messages. */
export class SyncSenders {
  readonly #senders = new Map<string, MutableSender>();
  #addresses = 0;

  /** Takes a message, and the address that it came from as text. */
  hear(bytes: Uint8Array, from: string): void {
    const message = parseSyncMessage(bytes);
    const sender = Address.parse(from.replace(/%.*$/, ''));
    if (!message || !sender) return;
    const { syncId, virtual } = message;
    const key = `${sender} ${syncId}`;
    let known = this.#senders.get(key);
    if (!known) {
      if (this.#senders.size >= maxSenders) return;
      known = { address: sender, syncId, virtual: new Map() };
      this.#senders.set(key, known);
    }
    for (const address of virtual) {
      if (known.virtual.has(address.text)) continue;
      if (this.#addresses >= maxAddresses) return;
      this.#addresses++;
      known.virtual.set(address.text, address);
    }
  }

  list(): SyncSender[] {
    return [...this.#senders.values()].map(({ virtual, ...director }) => ({
      ...director,
      virtual: [...virtual.values()],
    }));
  }
}
