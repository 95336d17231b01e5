import { platform } from '#platform';

/** Writes all of `bytes` to an open descriptor. Throws what write(2) does. */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(writeSome(descriptor, rest));
}

/** Writes bytes, and returns how many; 0 after a moment where a terminal or pipe that somebody made non-blocking is full. */
function writeSome(descriptor: number, bytes: Uint8Array): number {
  try {
    return platform.writeSome(descriptor, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    return 0;
  }
}
