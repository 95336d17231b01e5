import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs `work` with an exclusive lock on a file, which the kernel releases when its holder dies.
 *
 * @param waiting called if another process still holds the lock after half a second
 */
export async function withLock<T>(file: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  // flock(1) holds the lock while its program runs. Here, that ends with its stdin: with this process at the latest.
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
