import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Does `work` while no other process holds the lock of a file. The kernel keeps it and frees it when its holder dies.
 *
 * @param waiting called when somebody else has it
 */
export async function withLock<T>(file: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  // flock(1) holds the lock for as long as its program runs, which ends with its stdin, and so with us at the latest.
  const holder = spawn('flock', [file, 'sh', '-c', 'echo locked; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'close');
  const patience = setTimeout(waiting, 500);
  try {
    const [first] = await Promise.race([once(holder.stdout, 'data'), ended]);
    if (!Buffer.isBuffer(first)) throw new Error(`cannot lock ${file}`);
    clearTimeout(patience);
    return await work();
  } finally {
    clearTimeout(patience);
    holder.stdin.end();
    await ended;
  }
}
