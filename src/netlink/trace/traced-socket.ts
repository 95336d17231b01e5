import { platform } from '#platform';
import type { Transport } from '../../platform/netlink-socket.ts';
import { quoted } from '../../platform/visible.ts';
import { writeAll } from '../../platform/write-all.ts';
import { type Direction, datagramText } from './message-text.ts';
import type { Describe } from './names.ts';

/** Returns a socket that prints every message that `socket` sends and receives, by default on standard error. */
export function tracedSocket(socket: Transport, describe: Describe, print = printTrace): Transport {
  const trace = (direction: Direction, bytes: Uint8Array, start: number, end: number) =>
    print(datagramText(direction, bytes, start, end, describe));
  return {
    port: socket.port,
    receiveBufferSize: socket.receiveBufferSize,
    listen: (listener) =>
      socket.listen({
        datagram: (bytes, start, end, senderPort) => {
          if (senderPort !== 0) print(`< from port ${senderPort}, not from the kernel:\n`);
          trace('<', bytes, start, end);
          return listener.datagram(bytes, start, end, senderPort);
        },
        error: (error) => {
          print(`! ${error.message}\n`);
          listener.error(error);
        },
      }),
    send: (bytes, ends) => {
      let start = 0;
      for (const end of ends) {
        trace('>', bytes, start, end);
        start = end;
      }
      socket.send(bytes, ends);
    },
    close: () => socket.close(),
  };
}

const standardError = 2;

/** True once standard error takes no more output: it is closed, or has no reader. */
let isLost = false;

/**
 * Checks the value of `IPVSADM_TRACE`, and whether standard error is open, before a socket can take its descriptor number.
 *
 * @throws {Error} when the value is not `netlink`.
 */
export function checkTrace(traced: string): void {
  if (traced !== 'netlink')
    throw new Error(`IPVSADM_TRACE is ${quoted(traced)}, but only "netlink" can be traced`);
  unlessLost(() => platform.writeSome(standardError, new Uint8Array()));
}

function printTrace(text: string): void {
  unlessLost(() => writeAll(standardError, Buffer.from(text.replace(/^(?=.)/gm, 'netlink '))));
}

function unlessLost(write: () => unknown): void {
  if (isLost) return;
  try {
    write();
  } catch {
    // The command continues without its trace.
    isLost = true;
  }
}
