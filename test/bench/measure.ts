import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { ownCodeSoFar } from './own-code.ts';

/** Times of a run of a command, in milliseconds. */
export interface Run {
  /** Time from start to end. */
  readonly wall: number;
  /** Time computed in the programs themselves, at this machine's speed; `undefined` if it cannot be measured. */
  readonly own: number | undefined;
}

// The time goes to standard output, the program's errors to standard error.
const timer = 'TIMEFORMAT=%3R; { time "$@" >/dev/null 2>&3; } 3>&2 2>&1';

/**
 * Runs a command in a network namespace, with the file `input` on its standard input. The shell that starts it times it,
 * undisturbed by any polling. Throws if the command fails.
 */
export function time(namespace: string, words: readonly string[], input = '/dev/null'): Run {
  const file = openSync(input, 'r');
  try {
    const before = ownCodeSoFar();
    const inside = ['netns', 'exec', namespace, 'bash', '-c', timer, 'bash', ...words];
    const seconds = execFileSync('ip', inside, { stdio: [file, 'pipe', 'inherit'], encoding: 'latin1' });
    const after = ownCodeSoFar();
    return { wall: 1000 * Number(seconds), own: before === undefined ? undefined : (after ?? 0) - before };
  } finally {
    closeSync(file);
  }
}

/** Milliseconds between two polls of a program's memory. */
const pollInterval = 20;

/** Returns the peak memory of a command, in MB. It is polled, so the last moments may be missed. */
export function peak(namespace: string, words: readonly string[], input = '/dev/null'): Promise<number> {
  return new Promise((resolve, reject) => {
    const file = openSync(input, 'r');
    const child = spawn('ip', ['netns', 'exec', namespace, ...words], { stdio: [file, 'ignore', 'inherit'] });
    closeSync(file);
    let megabytes = 0;
    const polling = setInterval(() => {
      megabytes = Math.max(megabytes, peakOf(child.pid));
    }, pollInterval);
    child.on('error', reject);
    child.on('exit', (status) => {
      clearInterval(polling);
      if (status === 0) resolve(megabytes);
      else reject(new Error(`${words.join(' ')} ended with status ${status}`));
    });
  });
}

/** Returns the median of some numbers. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

/** Returns the median wall time of runs, and their mean own time, as the host counts that in steps of ten milliseconds. */
export function typical(runs: readonly Run[]): Run {
  const own = runs.flatMap((run) => run.own ?? []);
  return {
    wall: median(runs.map(({ wall }) => wall)),
    own: own.length === 0 ? undefined : own.reduce((sum, one) => sum + one, 0) / own.length,
  };
}

/** Returns the kernel's high-water mark of a process's memory, in MB; 0 if the process is gone. */
function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
