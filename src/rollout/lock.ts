import { closeSync, openSync } from 'node:fs';
import { platform } from '#platform';

/**
 * The file that is locked: a setting that every network namespace has of its own (since Linux 4.15), and that only those may open
 * who may change the namespace's table, root and whoever has CAP_NET_ADMIN in it (net_ctl_permissions() in net/sysctl_net.c). So
 * nobody else can hold up a rollout. It is opened for reading, which works where /proc/sys is read-only, and never read.
 */
const lockedFile = '/proc/sys/net/ipv4/tcp_fastopen_key';

/** The table cannot be locked, as another process has the lock (`busy`), or there is no way to (`impossible`). */
export class LockError extends Error {
  readonly code: 'busy' | 'impossible';

  constructor(code: 'busy' | 'impossible', reason = 'another process has it', options?: ErrorOptions) {
    super(`cannot lock the table: ${reason}`, options);
    this.name = 'LockError';
    this.code = code;
  }
}

/**
 * Locks the table of this process's network namespace against other rollouts, until the function it returns is called or the
 * process ends, however it ends. Waits `seconds` for another rollout to end.
 *
 * @throws {LockError} as a rejection.
 */
export async function lockTable(seconds: number): Promise<() => void> {
  let file: number | undefined;
  let isLocked: boolean;
  try {
    file = openSync(lockedFile, 'r');
    isLocked = await platform.lockFile(file, seconds * 1000);
  } catch (error) {
    if (file !== undefined) closeSync(file);
    const reason = error instanceof Error ? error.message : String(error);
    throw new LockError('impossible', reason, { cause: error });
  }
  const lock = file;
  if (isLocked) return () => closeSync(lock);
  closeSync(lock);
  throw new LockError('busy');
}
