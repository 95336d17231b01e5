import { platform } from '#platform';

/** Writes all of `bytes` to an open descriptor. Throws when write(2) fails. */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(writeSome(descriptor, rest));
}

/**
 * Writes bytes and returns how many were written; 0 after a short wait where the descriptor is a full terminal or pipe that
 * somebody made non-blocking.
 */
function writeSome(descriptor: number, bytes: Uint8Array): number {
  try {
    return platform.writeSome(descriptor, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    return 0;
  }
}
