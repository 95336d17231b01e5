import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import type { Command } from './backends/backend.ts';

/** Options of {@link runGuest}. */
export interface GuestOptions {
  /** Seconds after which the guest is killed. */
  readonly timeLimit: number;
  /** Gives the guest this process's terminal as its console. */
  readonly terminal: boolean;
  /** Called with the guest's process ID once it has started; programs that start it keep the ID by exec(3). */
  readonly onStart?: ((pid: number) => void) | undefined;
  /** Called with each chunk that the program in the guest prints. */
  readonly onOutput?: ((stream: 'stdout' | 'stderr', chunk: Buffer) => void) | undefined;
}

/** The result of a guest that has ended. */
export interface GuestEnd {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit code that the guest reported; undefined if it died or was killed. */
  readonly code: number | undefined;
  readonly timedOut: boolean;
  readonly console: string;
}

const fatalSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs a guest to its end. However this process ends meanwhile, no process of the guest outlives it. */
export async function runGuest(command: Command, options: GuestOptions): Promise<GuestEnd> {
  const terminal = options.terminal ? 'inherit' : undefined;
  // A guest is several processes, so it gets its own process group; one that shares the terminal must stay in ours.
  const detached = !(options.terminal && command.sharesTerminal);
  // setpriv makes the kernel kill the guest if this process is killed with SIGKILL.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', command.file, ...command.args], {
    env: command.env,
    stdio: [terminal ?? 'ignore', terminal ?? 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    detached,
  });
  if (child.pid !== undefined) options.onStart?.(child.pid);
  const kill = () => {
    try {
      if (child.pid) process.kill(detached ? -child.pid : child.pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  };
  // Exit instead of dying of the signal, so that exit handlers clean up.
  const stopped = (signal: NodeJS.Signals) => process.exit(128 + constants.signals[signal]);
  process.once('exit', kill);
  for (const signal of fatalSignals) process.on(signal, stopped);

  let timedOut = false;
  const limit = setTimeout(() => {
    timedOut = true;
    kill();
  }, options.timeLimit * 1000);
  const streams = child.stdio as unknown as (Readable | null)[];
  try {
    const nobody = () => {};
    const [console, kernelErrors, stdout, stderr, status] = await Promise.all([
      collect(streams[1], nobody),
      collect(streams[2], nobody),
      collect(streams[3], (chunk) => options.onOutput?.('stdout', chunk)),
      collect(streams[4], (chunk) => options.onOutput?.('stderr', chunk)),
      collect(streams[5], nobody),
      once(child, 'close'),
    ]);
    const code = /^\d+$/m.exec(status)?.[0];
    return {
      stdout,
      stderr,
      code: code ? Number(code) : undefined,
      timedOut,
      console: console + kernelErrors,
    };
  } finally {
    clearTimeout(limit);
    kill();
    process.removeListener('exit', kill);
    for (const signal of fatalSignals) process.removeListener(signal, stopped);
  }
}

/** Reads a stream to its end. */
async function collect(
  stream: Readable | null | undefined,
  onChunk: (chunk: Buffer) => void,
): Promise<string> {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    onChunk(chunk);
  });
  if (stream) await once(stream, 'end');
  return Buffer.concat(chunks).toString();
}
