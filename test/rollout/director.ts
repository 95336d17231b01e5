import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ipvsadm } from '../../src/cli/main.ts';
import type { Output } from '../../src/cli/stdio/output.ts';
import { Shell } from '../differential/shell.ts';
import { binFolder } from '../lab/project.ts';

/** Exit status and output of a command. */
export interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An output that collects what a command writes. */
class CollectedOutput implements Output {
  text = '';

  write(text: string | Uint8Array): void {
    this.text += typeof text === 'string' ? text : Buffer.from(text).toString('utf8');
  }

  flush(): void {}
}

/** Runs our ipvsadm in this process, because starting a process takes longer than most of these commands. */
export async function run(words: string, input: string | readonly string[] = ''): Promise<Run> {
  const [out, err] = [new CollectedOutput(), new CollectedOutput()];
  const text = typeof input === 'string' ? input : fileOf(input);
  const status = await ipvsadm(words.split(' '), { input: async () => [Buffer.from(text)], out, err });
  return { status, stdout: out.text, stderr: err.text };
}

/** Joins rules to the text of a rule file. */
export function fileOf(rules: readonly string[]): string {
  return rules.map((rule) => `${rule}\n`).join('');
}

/** Returns the path of the reference's ipvsadm. */
export function referenceProgram(): string {
  const path = process.env.IPVSADM_REFERENCE;
  if (!path) throw new Error('the lab does not set IPVSADM_REFERENCE, the path of the reference');
  return path;
}

/** The reference's ipvsadm, running on one director. */
export class Reference {
  readonly #shell: Shell;
  readonly #namespace: string;

  /** Opens the reference on this process's director or, given a name, on a new one. */
  constructor(other?: string) {
    this.#namespace = other ?? 'here';
    execFileSync('ip', ['netns', ...(other ? ['add', other] : ['attach', 'here', `${process.pid}`])]);
    // While the loopback device is down, the kernel considers no address unicast.
    if (other) execFileSync('ip', ['-n', other, 'link', 'set', 'lo', 'up']);
    this.#shell = new Shell(this.#namespace, dirname(referenceProgram()));
  }

  /** Runs the reference, and returns its standard output; throws if it fails. */
  async run(words: string, input: readonly string[] = []): Promise<string> {
    const { status, stdout, stderr } = await this.#shell.run(`ipvsadm ${words} <<'END'\n${fileOf(input)}END`);
    if (status !== 0) throw new Error(`the reference's ${words}: ${stderr}`);
    return stdout;
  }

  /** Replaces the table by the one that the rules describe. */
  async restore(rules: readonly string[]): Promise<void> {
    await this.run('-C');
    await this.run('-R', rules);
  }

  /**
   * Returns what the reference prints of the table, as sorted lines: the order depends on how the table was built. Omits the
   * line with the size of the connection table, which a kernel may allocate only when needed.
   */
  async state(): Promise<string[]> {
    const words = ['-Sn', '-Ln --thresholds', '-Ln --tun-info'];
    const outputs = await Promise.all(words.map((each) => this.run(each)));
    return outputs
      .flatMap((text) => text.split('\n'))
      .filter((line) => !line.startsWith('IP Virtual Server version'))
      .sort();
  }

  close(): void {
    this.#shell.close();
    execFileSync('ip', ['netns', 'del', this.#namespace]);
  }
}

/** Returns the path of the reference's script; installs `ipvsadm` in `/sbin`, too, where the script looks for it. */
export function referenceScript(name: 'ipvsadm-save' | 'ipvsadm-restore'): string {
  if (!existsSync('/sbin/ipvsadm')) cpSync(referenceProgram(), '/sbin/ipvsadm');
  return join(dirname(referenceProgram()), name);
}

/** One of our commands, running in its own process. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Run & { readonly signal: NodeJS.Signals | null }>;
}

/** Starts one of our commands with `input` on standard input; `before` is a command line to put in front of it. */
export function start(
  name: 'ipvsadm' | 'ipvsadm-save' | 'ipvsadm-restore',
  words: readonly string[],
  input: string,
  before: readonly string[] = [],
): Running {
  const [file = '', ...args] = [...before, join(binFolder, name), ...words];
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {}); // the command may end without reading
  child.stdin.end(input);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({
    status: typeof code === 'number' ? code : -1,
    signal: signal as NodeJS.Signals | null,
    stdout,
    stderr,
  }));
  return { child, ended };
}
