import { setTimeout as sleep } from 'node:timers/promises';
import { EAGAIN, EINTR } from '../errno.ts';
import { SystemCallError } from '../errors.ts';
import { errno, libc } from './libc.ts';

const LOCK_EX = 2;
const LOCK_NB = 4;

/** Milliseconds between two attempts. */
const interval = 50;

/** Implements {@link Platform.lockFile} with flock(2). */
export async function lockFile(descriptor: number, timeout: number): Promise<boolean> {
  const end = performance.now() + timeout;
  while (libc.flock(descriptor, LOCK_EX | LOCK_NB) !== 0) {
    const reason = errno();
    if (reason === EINTR) continue;
    if (reason !== EAGAIN) throw new SystemCallError('flock', reason);
    const rest = end - performance.now();
    if (rest <= 0) return false;
    await sleep(Math.min(interval, rest));
  }
  return true;
}
