import { type StdioOptions, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** What a run of a program took. */
export interface Cost {
  readonly milliseconds: number;
  /** Most memory it held at a time, in MB; seen by looking now and then, so the last moments may be missed. */
  readonly megabytes: number;
}

/** How often a program's memory is looked at, in milliseconds. */
const lookInterval = 20;

/** Runs a command in a network namespace, with the file `input` on its standard input. Rejects when it fails. */
export function run(namespace: string, words: readonly string[], input = '/dev/null'): Promise<Cost> {
  return new Promise((resolve, reject) => {
    const file = openSync(input, 'r');
    const start = performance.now();
    const stdio: StdioOptions = [file, 'ignore', 'inherit'];
    const child = spawn('ip', ['netns', 'exec', namespace, ...words], { stdio });
    closeSync(file);
    let megabytes = 0;
    const looks = setInterval(() => {
      megabytes = Math.max(megabytes, peakOf(child.pid));
    }, lookInterval);
    child.on('error', reject);
    child.on('exit', (status) => {
      clearInterval(looks);
      if (status === 0) resolve({ milliseconds: performance.now() - start, megabytes });
      else reject(new Error(`${words.join(' ')} ended with ${status}`));
    });
  });
}

/** The median time and the highest memory of some runs. */
export function typical(costs: readonly Cost[]): Cost {
  const times = costs.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b);
  return {
    milliseconds: times[times.length >> 1] ?? Number.NaN,
    megabytes: Math.max(...costs.map(({ megabytes }) => megabytes)),
  };
}

/** The kernel's own high-water mark of a process; 0 when it is gone. */
function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
