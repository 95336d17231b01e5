import { spawnSync } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';

/** Why {@link lockTable} did not get the lock. */
export class LockError extends Error {
  readonly code: 'busy' | 'no-flock';

  constructor(code: 'busy' | 'no-flock') {
    super(code);
    this.name = 'LockError';
    this.code = code;
  }
}

const flock = '/usr/bin/flock';

/**
 * Makes this process the only one that converges the table of its network namespace, until the function it gives is
 * called or the process ends, however it ends. Waits `seconds` for another one.
 *
 * The lock is on a file that only root may open, named by the namespace as the table is the namespace's. flock(1) of
 * util-linux takes it for the open file that this process shares with it; the kernel releases it when the last of
 * them is closed (flock(2)).
 *
 * @throws {LockError} `busy` when another one has it, `no-flock` where there is no such program.
 */
export function lockTable(seconds: number): () => void {
  const namespace = statSync('/proc/self/ns/net').ino;
  const file = openSync(`/run/ipvsadm.${namespace}.lock`, 'w', 0o600);
  const patience =
    seconds === Number.POSITIVE_INFINITY ? [] : seconds > 0 ? ['--timeout', String(seconds)] : ['--nonblock'];
  const { status } = spawnSync(flock, [...patience, '3'], { stdio: ['ignore', 'ignore', 'ignore', file] });
  if (status === 0) return () => closeSync(file);
  closeSync(file);
  throw new LockError(status === null ? 'no-flock' : 'busy');
}
