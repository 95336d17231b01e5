import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import type { Command } from './backends/backend.ts';

/** How a guest is looked after while it runs. */
export interface GuestOptions {
  /** Seconds after which the guest is killed. */
  readonly timeLimit: number;
  /** Gives the guest this process's terminal as its console. */
  readonly terminal: boolean;
  /** Called with the guest's process number, once it has started; the programs before it have become it by exec(3). */
  readonly onStart?: ((pid: number) => void) | undefined;
  /** Called with what the program in the guest prints, as it comes. */
  readonly onOutput?: ((stream: 'stdout' | 'stderr', chunk: Buffer) => void) | undefined;
}

/** What is left of a guest. */
export interface GuestEnd {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit code the guest handed out; none when it died or was killed. */
  readonly code: number | undefined;
  readonly timedOut: boolean;
  readonly console: string;
}

const fatalSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs a guest to its end. However this process ends meanwhile, no process of the guest outlives it. */
export async function runGuest(command: Command, options: GuestOptions): Promise<GuestEnd> {
  const terminal = options.terminal ? 'inherit' : undefined;
  // A process group of its own, as a guest is several processes; one that shares the terminal must stay in ours.
  const detached = !(options.terminal && command.sharesTerminal);
  // setpriv: a guest whose runner is killed outright is killed by the kernel.
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
  // An exit of ours, and not the signal's own end, so that what is to be tidied up at exit is.
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
