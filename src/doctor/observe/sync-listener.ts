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
  const senders = new Map<string, MutableSender>();
  const { group = defaultGroup, port = defaultPort } = backup;
  const isInet6 = group.family === 'inet6';
  const socket = createSocket({ type: isInet6 ? 'udp6' : 'udp4', reuseAddr: true });
  const failed = new Promise<void>((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => {
      files.unreadable.push(`sync messages of other directors (${error.code ?? error.message})`);
      resolve();
    });
  });
  socket.on('message', (bytes, { address }) => {
    const message = parseSyncMessage(bytes);
    const sender = Address.parse(address.replace(/%.*$/, ''));
    if (!message || !sender) return;
    const key = `${sender} ${message.syncId}`;
    const known = senders.get(key) ?? { address: sender, syncId: message.syncId, virtual: new Map() };
    for (const address of message.virtual) known.virtual.set(address.text, address);
    senders.set(key, known);
  });
  socket.bind({ port, address: isInet6 ? `${group}%${backup.interface}` : group.text });
  await Promise.race([sleep(milliseconds, undefined, { ref: false }), failed]);
  socket.close();
  return [...senders.values()].map(({ virtual, ...director }) => ({
    ...director,
    virtual: [...virtual.values()],
  }));
}

interface MutableSender extends Omit<SyncSender, 'virtual'> {
  readonly virtual: Map<string, Address>;
}
