import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../../src/netlink/connection.ts';
import { NETLINK_GENERIC } from '../../src/netlink/constants.ts';
import { GenericFamily } from '../../src/netlink/generic.ts';
import { openSocket, type Transport } from '../../src/netlink/transport.ts';
import { MessageWriter } from '../../src/netlink/writer.ts';
import { descriptorOf } from '../../src/platform/node/netlink-socket.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { sendFromElsewhere } from './send-from-elsewhere.ts';

kernelSuite(import.meta.url, 'netlink sockets of Node', () => {
  it('are found among the descriptors by protocol and port', async () => {
    const socket = await openSocket(NETLINK_GENERIC);
    try {
      assert.ok(statSync(`/proc/self/fd/${descriptorOf(NETLINK_GENERIC, socket.port)}`).isSocket());
      assert.equal(descriptorOf(NETLINK_GENERIC, 0xfffffff0), undefined);
      assert.equal(descriptorOf(NETLINK_GENERIC - 1, socket.port), undefined);
    } finally {
      socket.close();
    }
  });

  it('are not mistaken for a file with the same inode number', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-inodes-'));
    // A file system that numbers its inodes from 1.
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'nr_inodes=0', 'inodes', folder]);
    // The socket of the previous test closes its descriptor in a later turn of the event loop.
    await new Promise(setImmediate);
    const lower = openSync('/dev/null', 'r');
    const socket = await openSocket(NETLINK_GENERIC);
    const wanted = descriptorOf(NETLINK_GENERIC, socket.port);
    try {
      const { ino } = statSync(`/proc/self/fd/${wanted}`);
      const path = join(folder, 'file');
      while (inodeOfNew(path) < ino) rmSync(path);
      assert.equal(statSync(path).ino, ino);
      closeSync(lower);
      const file = openSync(path, 'r');
      assert.ok(file < (wanted ?? 0), `descriptors ${file} and ${wanted}`);
      assert.equal(descriptorOf(NETLINK_GENERIC, socket.port), wanted);
      closeSync(file);
    } finally {
      socket.close();
      execFileSync('umount', ['--lazy', folder]);
      rmSync(folder, { recursive: true });
    }
  });

  it('do not send the rest of a call that has failed', async () => {
    const socket = await openSocket(NETLINK_GENERIC);
    const senders: string[] = [];
    const connection = new Connection(recordingSenders(socket, senders));
    const { port } = socket;
    // The first message is not answered, so that the second has to wait.
    const writer = new MessageWriter();
    const unanswered = writer.message({ type: 1, flags: 1, sequence: connection.sequence, port }).length;
    const { type, body } = new GenericFamily(0x10, 1).request(3, (attributes) =>
      attributes.string(2, 'nlctrl'),
    );
    const { bytes } = writer.message({ type, flags: 1, sequence: connection.sequence + 1, port }, body);
    const call = connection.exchange(bytes, [unanswered, bytes.length], 2, { onMessage: () => true });
    try {
      sendFromElsewhere(bytes.slice(0, unanswered), port);
      await assert.rejects(call, { code: 'UNEXPECTED' });
      sendFromElsewhere(bytes.slice(0, unanswered), port);
      await sleep(100);
      assert.deepEqual(senders, ['elsewhere', 'elsewhere']);
    } finally {
      connection.close();
    }
  });
});

/** Creates a file and returns its inode number. */
function inodeOfNew(path: string): number {
  closeSync(openSync(path, 'wx'));
  return statSync(path).ino;
}

/** Returns a transport that records the sender of each datagram that it passes on. */
function recordingSenders(transport: Transport, senders: string[]): Transport {
  return {
    port: transport.port,
    receiveBufferSize: transport.receiveBufferSize,
    listen: ({ datagram, error }) =>
      transport.listen({
        datagram: (bytes, start, end, sender) => {
          senders.push(sender === 0 ? 'kernel' : 'elsewhere');
          return datagram(bytes, start, end, sender);
        },
        error,
      }),
    send: (bytes, ends) => transport.send(bytes, ends),
    close: () => transport.close(),
  };
}
