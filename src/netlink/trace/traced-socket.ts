import { platform } from '#platform';
import { EAGAIN } from '../../platform/errno.ts';
import type { NetlinkSocket } from '../../platform/netlink-socket.ts';
import { type Direction, datagramText } from './message-text.ts';
import type { Describe } from './names.ts';

/** Returns a socket that prints on standard error every message that `socket` sends and receives. */
export function tracedSocket(socket: NetlinkSocket, describe: Describe, print = printTrace): NetlinkSocket {
  const trace = (direction: Direction, bytes: Uint8Array, start: number, end: number) =>
    print(datagramText(direction, bytes, start, end, describe));
  return {
    port: socket.port,
    receiveBufferSize: socket.receiveBufferSize,
    listen: (listener) =>
      socket.listen({
        datagram: (bytes, start, end, senderPort) => {
          if (senderPort !== 0) print(`< from port ${senderPort}, which is not the kernel's:\n`);
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

/** Whether standard error takes nothing any more: it is closed, or nobody reads it. */
let isLost = false;

/**
 * Finds out whether standard error is open, before a socket can get its number.
 */
export function checkStandardError(): void {
  write(new Uint8Array());
}

function printTrace(text: string): void {
  write(Buffer.from(text.replace(/^(?=.)/gm, 'netlink ')));
}

function write(bytes: Uint8Array): void {
  try {
    let rest = bytes;
    do {
      if (isLost) return;
      rest = rest.subarray(writeSome(rest));
    } while (rest.length > 0);
  } catch {
    // The command goes on without its trace.
    isLost = true;
  }
}

/** Writes bytes, and returns how many; 0 after a moment where a non-blocking terminal or pipe is full. */
function writeSome(bytes: Uint8Array): number {
  try {
    return platform.writeSome(standardError, bytes);
  } catch (error) {
    const isFull = error instanceof Error && 'errno' in error && error.errno === -EAGAIN;
    if (!isFull) throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    return 0;
  }
}
