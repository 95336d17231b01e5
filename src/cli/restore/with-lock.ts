import { LockError, lockTable } from '../../rollout/lock.ts';
import { status } from '../status.ts';
import type { Streams } from '../stdio/streams.ts';

/**
 * Runs `task` while nobody else rolls out rules on this director, and returns its exit status; says so when somebody does. Where
 * there is no way to lock, `task` is run all the same, as a director without a table is worse, and one sentence says it.
 */
export async function withLock(
  { err }: Streams,
  seconds: number,
  task: () => Promise<number>,
): Promise<number> {
  let unlock = () => {};
  try {
    unlock = await lockTable(seconds);
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
    if (error.code === 'busy') {
      err.write('another rollout is under way on this director (--wait waits for it)\n');
      return status.refused;
    }
    err.write(`going on, though another rollout at the same time could interfere: ${error.message}\n`);
  }
  try {
    return await task();
  } finally {
    unlock();
  }
}
