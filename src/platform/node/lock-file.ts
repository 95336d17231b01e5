import { type ChildProcess, spawn } from 'node:child_process';

const program = '/usr/bin/flock';

/** The longest delay of a timer, in milliseconds: 24 days. */
const longest = 2 ** 31 - 1;

/** Exit status of flock(1) when somebody else holds the lock. */
const conflict = 1;

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Implements {@link Platform.lockFile}: Node has no flock(2), so flock(1) of util-linux or busybox locks the open file,
 * which it shares with this process.
 */
export async function lockFile(descriptor: number, timeout: number): Promise<boolean> {
  const words = timeout > 0 ? ['3'] : ['-n', '3'];
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
  let isOver = false;
  const timer =
    timeout > 0
      ? setTimeout(
          () => {
            isOver = true;
            child.kill();
          },
          Math.min(timeout, longest),
        )
      : undefined;
  // A signal that ends this process also ends the child that waits for the lock.
  const end = (signal: NodeJS.Signals) => {
    isOver = true;
    child.kill();
    for (const each of endings) process.off(each, end);
    process.kill(process.pid, signal);
  };
  for (const signal of endings) process.on(signal, end);
  try {
    const { code, signal } = await exitOf(child);
    if (code === 0) return true;
    if (code === conflict || isOver) return false;
    throw new Error(signal ? `${program} was ended by ${signal}` : `${program} failed with status ${code}`);
  } finally {
    clearTimeout(timer);
    for (const signal of endings) process.off(signal, end);
  }
}

/** Resolves to the exit status or signal of a child process. Rejects when it cannot be started. */
function exitOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', (code, signal) => resolve({ code, signal }));
  });
}
