import { closeSync, openSync } from 'node:fs';
import { platform } from '#platform';

/**
 * The file that is locked: a setting that every network namespace has of its own (since Linux 4.15), and that only those may open
 * who may change the namespace's table, root and whoever has CAP_NET_ADMIN in it (net_ctl_permissions() in net/sysctl_net.c). So
 * nobody else can hold up a rollout. It is opened for reading, which works where /proc/sys is read-only, and never read.
 */
const lockedFile = '/proc/sys/net/ipv4/tcp_fastopen_key';

/** Sentences about a table that cannot be locked. */
export interface LockTroubles<T> {
  /** Takes the one that somebody else has it locked; gives the result of the task, which is not run. */
  readonly onBusy: (sentence: string) => T;
  /** Takes the reason why there is no way to lock it, before the task is run all the same. */
  readonly onImpossible?: (sentence: string) => void;
}

/**
 * Runs `task` while the table of this process's network namespace is locked against other rollouts, which ends with the process at the
 * latest, however it ends. Waits `seconds` for another rollout to end. Where there is no way to lock the table, the task is run
 * without it, as a director without a table is worse.
 */
export async function whileLocked<T>(
  seconds: number,
  task: () => Promise<T>,
  { onBusy, onImpossible }: LockTroubles<T>,
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
    return isBusy ? onBusy('another rollout is under way on this director') : await task();
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
