import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ipvsadm } from '../../src/cli/main.ts';
import type { Output } from '../../src/cli/stdio/output.ts';
import { Shell } from '../differential/shell.ts';
import { binFolder } from '../lab/project.ts';

/** How a run of a command ended. */
export interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command writes, kept. */
class Kept implements Output {
  text = '';

  write(text: string | Uint8Array): void {
    this.text += typeof text === 'string' ? text : Buffer.from(text).toString('utf8');
  }

  flush(): void {}
}

/** Runs our ipvsadm in this process: starting one takes longer than most of what is tested with it. */
export async function run(words: string, input: string | readonly string[] = ''): Promise<Run> {
  const [out, err] = [new Kept(), new Kept()];
  const text = typeof input === 'string' ? input : fileOf(input);
  const status = await ipvsadm(words.split(' '), { input: async () => [Buffer.from(text)], out, err });
  return { status, stdout: out.text, stderr: err.text };
}

/** Rules as the text of a file. */
export function fileOf(rules: readonly string[]): string {
  return rules.map((rule) => `${rule}\n`).join('');
}

/** The reference's program. */
export function referenceProgram(): string {
  const path = process.env.IPVSADM_REFERENCE;
  if (!path) throw new Error('the lab does not say where the reference is (IPVSADM_REFERENCE)');
  return path;
}

/** The reference on a director. */
export class Reference {
  readonly #shell: Shell;
  readonly #namespace: string;

  /** Opens it on this process's director, or on a new one of that name. */
  constructor(other?: string) {
    this.#namespace = other ?? 'here';
    execFileSync('ip', ['netns', ...(other ? ['add', other] : ['attach', 'here', `${process.pid}`])]);
    // Without it no address is a unicast one.
    if (other) execFileSync('ip', ['-n', other, 'link', 'set', 'lo', 'up']);
    this.#shell = new Shell(this.#namespace, dirname(referenceProgram()));
  }

  /** Runs it; throws when it fails. Gives what it prints. */
  async run(words: string, input: readonly string[] = []): Promise<string> {
    const { status, stdout, stderr } = await this.#shell.run(`ipvsadm ${words} <<'END'\n${fileOf(input)}END`);
    if (status !== 0) throw new Error(`the reference's ${words}: ${stderr}`);
    return stdout;
  }

  /** Makes the table what rules say. */
  async restore(rules: readonly string[]): Promise<void> {
    await this.run('-C');
    await this.run('-R', rules);
  }

  /**
   * What it prints of the table, as a set of lines: tables that are made in another way have another order. Without
   * the size of the connection table, which a kernel makes when it needs it.
   */
  async state(): Promise<string[]> {
    const words = ['-Sn', '-Ln --thresholds', '-Ln --tun-info'];
    const said = await Promise.all(words.map((each) => this.run(each)));
    return said
      .flatMap((text) => text.split('\n'))
      .filter((line) => !line.startsWith('IP Virtual Server version'))
      .sort();
  }

  close(): void {
    this.#shell.close();
    execFileSync('ip', ['netns', 'del', this.#namespace]);
  }
}

/** The reference's script of that name. It looks for `ipvsadm` in `/sbin`, so that has to be there too. */
export function referenceScript(name: 'ipvsadm-save' | 'ipvsadm-restore'): string {
  if (!existsSync('/sbin/ipvsadm')) cpSync(referenceProgram(), '/sbin/ipvsadm');
  return join(dirname(referenceProgram()), name);
}

/** A command of ours that runs as a process of its own. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Run & { readonly signal: NodeJS.Signals | null }>;
}

/** Starts one of our commands, with rules on its standard input. */
export function start(
  name: 'ipvsadm' | 'ipvsadm-save' | 'ipvsadm-restore',
  words: readonly string[],
  input: string,
  before: readonly string[] = [],
): Running {
  const [file = '', ...args] = [...before, join(binFolder, name), ...words];
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {}); // it may end without having read
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
