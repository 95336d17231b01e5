import { whileLocked } from '../../rollout/lock.ts';
import { status } from '../status.ts';
import type { Streams } from '../stdio/streams.ts';

/** Runs `task` as {@link whileLocked} does, and resolves to its exit status; reports why the table cannot be locked. */
export function withLock({ err }: Streams, seconds: number, task: () => Promise<number>): Promise<number> {
  return whileLocked<number>(seconds, task, {
    onBusy(sentence) {
      err.write(`${sentence} (wait for it with --wait)\n`);
      return status.refused;
    },
    onImpossible(sentence) {
      err.write(`proceeding without a lock, although a concurrent rollout could interfere: ${sentence}\n`);
    },
  });
}
