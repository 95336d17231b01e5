import { closeSync, openSync } from 'node:fs';
import { platform } from '#platform';

/**
 * The file to lock: a setting that each network namespace has separately (since Linux 4.15), and that can be opened only by
 * processes allowed to change the namespace's table: root, and those with CAP_NET_ADMIN in it (net_ctl_permissions() in
 * net/sysctl_net.c). So nobody else can hold up a rollout. The file is opened for reading, which works where /proc/sys is
 * read-only, but is never read.
 */
const lockedFile = '/proc/sys/net/ipv4/tcp_fastopen_key';

/**
 * Handlers for a table that cannot be locked. Each takes a sentence for the user.
 *
 * @example
 * const handlers: LockHandlers<boolean> = { onBusy: () => false, onImpossible: console.warn };
 * const isDone = await whileLocked(0, async () => true, handlers);
 */
export interface LockHandlers<T> {
  /** Called when another rollout holds the lock. Its result replaces that of the task, which is not run. */
  readonly onBusy: (sentence: string) => T;
  /** Called with the reason when locking is impossible, before the task is run without a lock. */
  readonly onImpossible?: (sentence: string) => void;
}

/**
 * Runs `task` while the table of this process's network namespace is locked against other rollouts. Waits up to `seconds`
 * for another rollout to end. The lock is released at the latest when the process ends, however it ends. Where locking is
 * impossible, runs `task` without a lock, as a director without a table is worse.
 *
 * This is the lock of `ipvsadm-restore`, `ipvsadm -R --sync` and the agents of fleets; single commands take none. With Node, it
 * needs flock(1).
 *
 * @example
 * const failed = await whileLocked(
 *   60,
 *   async () => {
 *     const current = await readState(ipvs);
 *     return apply(ipvs, current, plan(current, desiredState(rules)));
 *   },
 *   {
 *     onBusy: (sentence) => {
 *       throw new Error(sentence);
 *     },
 *   },
 * );
 */
export async function whileLocked<T>(
  seconds: number,
  task: () => Promise<T>,
  { onBusy, onImpossible }: LockHandlers<T>,
): Promise<T> {
  let file: number | undefined;
  let isBusy = false;
  try {
    try {
      file = openSync(lockedFile, 'r');
      isBusy = !(await platform.lockFile(file, seconds * 1000));
    } catch (error) {
      onImpossible?.(`cannot lock the table: ${error instanceof Error ? error.message : error}`);
    }
    return isBusy ? onBusy('another rollout is in progress on this director') : await task();
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
