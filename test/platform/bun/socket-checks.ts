import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../../../src/netlink/connection.ts';
import { NETLINK_GENERIC } from '../../../src/netlink/constants.ts';
import { dumpLists } from '../../../src/netlink/dump.ts';
import { GenericFamily } from '../../../src/netlink/generic.ts';
import { openSocket } from '../../../src/netlink/transport.ts';
import { MessageWriter } from '../../../src/netlink/writer.ts';
import { Ring } from '../../../src/platform/bun/io-uring.ts';
import { SystemCallError } from '../../../src/platform/errors.ts';
import { type Checks, hasRing, printOutcomes } from '../checks.ts';
import { sendFromElsewhere } from '../send-from-elsewhere.ts';

/** Checks of netlink sockets that apply only to the executable's runtime. */
export const checks: Checks = {
  async 'reject a call that throws unexpectedly, and serve the next'() {
    await withRun(
      () => {
        throw new TypeError('unexpected');
      },
      async (connection) => {
        await assert.rejects(listFamilies(connection), { name: 'TypeError', message: 'unexpected' });
        assert.equal((await GenericFamily.find(connection, 'nlctrl')).id, 0x10);
      },
    );
  },

  async 'reject a call whose system call fails, and serve the next'() {
    await withRun(
      () => {
        throw new SystemCallError('io_uring_enter', 16);
      },
      async (connection) => {
        const failure = { code: 'SYSTEM', errnoName: 'EBUSY', message: 'io_uring_enter: EBUSY' };
        await assert.rejects(listFamilies(connection), failure);
        assert.equal((await GenericFamily.find(connection, 'nlctrl')).id, 0x10);
      },
    );
  },

  async 'poll for a late answer until it arrives, and no longer'() {
    const { setInterval: set, clearInterval: clear } = globalThis;
    const running = new Set<unknown>();
    globalThis.setInterval = Object.assign((...values: Parameters<typeof set>) => {
      const timer = set(...values);
      running.add(timer);
      return timer;
    }, set);
    globalThis.clearInterval = (timer) => {
      running.delete(timer);
      clear(timer);
    };
    try {
      const transport = await openSocket(NETLINK_GENERIC);
      const received = new Promise((resolve, reject) => {
        transport.listen({
          datagram: () => {
            resolve('a datagram');
            return false;
          },
          error: reject,
        });
      });
      const message = new MessageWriter().message({ type: 1, flags: 1, sequence: 1, port: 0 }).bytes;
      transport.send(message, [message.length]);
      assert.equal(running.size, 1);
      sendFromElsewhere(message, transport.port);
      await received;
      await sleep(1);
      assert.equal(running.size, 0);
      transport.close();
    } finally {
      Object.assign(globalThis, { setInterval: set, clearInterval: clear });
    }
  },
};

/** Runs `task` on a connection whose rings call `run` instead of exchanging datagrams with the kernel. */
async function withRun(run: Ring['run'], task: (connection: Connection) => Promise<void>): Promise<void> {
  const { run: original } = Ring.prototype;
  Ring.prototype.run = run;
  const connection = new Connection(await openSocket(NETLINK_GENERIC));
  try {
    await Promise.race([task(connection), sleep(5000).then(() => assert.fail('a call did not end'))]);
  } finally {
    Ring.prototype.run = original;
    connection.close();
  }
}

/** Lists the generic netlink families twice in one exchange. */
function listFamilies(connection: Connection): Promise<void> {
  const CTRL_CMD_GETFAMILY = 3;
  const request = new GenericFamily(0x10, 1).request(CTRL_CMD_GETFAMILY);
  const lists = { count: 2, request: () => request, begin: () => {}, onMessage: () => {} };
  return connection.withLock(() => dumpLists(connection, lists));
}

async function usesIoUring(): Promise<boolean> {
  const connection = new Connection(await openSocket(NETLINK_GENERIC));
  await listFamilies(connection);
  const used = hasRing();
  connection.close();
  return used;
}

if (process.argv[1] === import.meta.filename) await printOutcomes(checks, usesIoUring);
