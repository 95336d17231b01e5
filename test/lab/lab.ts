import { rmSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Backend, Kernel, KernelName } from './backends/backend.ts';
import { chooseKernel } from './backends/choose.ts';
import { type GuestEnd, runGuest } from './guest-process.ts';
import { quote } from './shell-quote.ts';

/** Options of {@link runInLab}. */
export interface LabOptions {
  /** A kernel by name, or a custom backend; by default this machine's own IPVS, else User-mode Linux. */
  readonly kernel?: KernelName | Backend | undefined;
  /** Seconds until the guest is killed; 300 by default. */
  readonly timeLimit?: number | undefined;
  /** Folder the guest may write into, known there as `$IPVSADM_LAB_RESULTS`; a temporary one by default. */
  readonly results?: string | undefined;
  /** The guest's memory, for example `512M`. */
  readonly memory?: string | undefined;
  /** Lets the guest run on any processor instead of a single one, where that makes a difference. */
  readonly anyProcessor?: boolean | undefined;
  /** False leaves the module `ip_vs` unloaded. */
  readonly ipvs?: boolean | undefined;
  /** Environment variables of the program, besides the few that it always gets. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Gives the guest this process's terminal; nothing is captured then. */
  readonly terminal?: boolean | undefined;
  /** Called with the guest's process ID on this machine, once it has started. */
  readonly onStart?: ((pid: number) => void) | undefined;
  /** Called with each chunk that the program prints. */
  readonly onOutput?: ((stream: 'stdout' | 'stderr', chunk: Buffer) => void) | undefined;
}

/** The result of a program in the lab. */
export interface LabResult {
  readonly kernel: KernelName;
  /** Its exit code, or 124 when the time limit ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** The last lines of the guest's console. */
  readonly console: string;
}

/** Error thrown where the guest ends by itself, without reporting the program's exit code. */
export class GuestDied extends Error {
  override name = 'GuestDied';

  constructor(kernel: KernelName, { console, stderr }: GuestEnd) {
    super(`The guest with kernel ${kernel} died; the end of its console:\n${tail(`${stderr}\n${console}`)}`);
  }
}

function tail(text: string): string {
  return text.trimEnd().split('\n').slice(-100).join('\n');
}

/**
 * Runs a program as root on a machine whose kernel has IPVS, with this machine's files: it may change every file.
 * Except on the kernel `host`, changes are discarded when it ends, but for the results folder.
 *
 * Throws `LabUnavailable` if there is no such kernel, {@link GuestDied} if the guest dies before the program ends.
 */
export async function runInLab(program: readonly string[], options: LabOptions = {}): Promise<LabResult> {
  const { name, kernel } = await chooseKernel(options.kernel);
  const folder = await mkdtemp(join(tmpdir(), 'ipvsadm-lab-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.once('exit', remove);
  try {
    const results = resolve(options.results ?? join(folder, 'results'));
    await mkdir(results, { recursive: true });
    await writeBoot(folder, { name, kernel, results, program, options });
    const { memory, anyProcessor = false } = options;
    const boot = { folder, results, memory, anyProcessor };
    const end = await runGuest(await kernel.command(boot), {
      timeLimit: options.timeLimit ?? 300,
      terminal: options.terminal ?? false,
      onStart: options.onStart,
      onOutput: options.onOutput,
    });
    if (end.code === undefined && !end.timedOut) throw new GuestDied(name, end);
    const { code = 124, stdout, stderr, timedOut } = end;
    return { kernel: name, code, stdout, stderr, timedOut, console: tail(end.console) };
  } finally {
    remove();
    process.removeListener('exit', remove);
  }
}

interface Job {
  readonly name: KernelName;
  readonly kernel: Kernel;
  readonly results: string;
  readonly program: readonly string[];
  readonly options: LabOptions;
}

/** Writes the files that the guest's scripts read. */
async function writeBoot(folder: string, { name, kernel, results, program, options }: Job): Promise<void> {
  // The node that runs this comes first: the one on the PATH may be another.
  const path = [...kernel.tools.path, dirname(process.execPath), process.env.PATH ?? '', '/usr/sbin:/sbin'];
  const settings = {
    ...kernel.settings,
    LAB_PATH: [...path, '/usr/bin:/bin'].join(':'),
    LAB_RESULTS: results,
    LAB_IPVS: options.ipvs === false ? 'no' : 'yes',
    LAB_TERMINAL: options.terminal ? 'yes' : 'no',
    LAB_ROWS: String(process.stdout.rows || 24),
    LAB_COLUMNS: String(process.stdout.columns || 80),
  };
  const env = {
    PATH: settings.LAB_PATH,
    HOME: homedir(),
    TERM: process.env.TERM ?? 'dumb',
    LANG: process.env.LANG ?? 'C.UTF-8',
    IPVSADM_LAB: name,
    IPVSADM_LAB_RESULTS: '/run/lab/results',
    IPVSADM_REFERENCE: kernel.tools.reference,
    ...options.env,
  };
  const assign = ([key, value]: [string, string]) => `${key}=${quote(value)}`;
  const words = ['env', '-i', ...Object.entries(env).map(assign), ...program.map(quote)];
  await writeFile(join(folder, 'settings.sh'), `${Object.entries(settings).map(assign).join('\n')}\n`);
  await writeFile(join(folder, 'job.sh'), `cd ${quote(process.cwd())}\nexec ${words.join(' ')}\n`);
  for (const script of ['prepare.sh', 'work.sh', ...kernel.scripts]) {
    await copyFile(join(import.meta.dirname, 'guest', script), join(folder, script));
    await chmod(join(folder, script), 0o755); // a kernel starts one of them
  }
}
