import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** An etcd process with its data in a folder: it can be stopped, and restarted on the same data. */
export class EtcdMember {
  readonly name: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
  readonly folder: string;
  readonly #program: string;
  readonly #args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  #process: ChildProcess | undefined;

  constructor(
    name: string,
    clientUrl: string,
    peerUrl: string,
    folder: string,
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    this.name = name;
    this.clientUrl = clientUrl;
    this.peerUrl = peerUrl;
    this.folder = folder;
    this.#program = program;
    this.#args = args;
    this.#env = env;
  }

  get runs(): boolean {
    return (
      this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null
    );
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get dataFolder(): string {
    return join(this.folder, 'data');
  }

  start(): void {
    const options = ['--name', this.name, '--data-dir', this.dataFolder];
    const logging = ['--logger', 'zap', '--log-outputs', 'stderr', '--log-level', 'warn'];
    const log = openSync(this.#logFile, 'a');
    // setpriv makes the kernel kill etcd when this process ends, however it ends.
    const command = [this.#program, ...options, ...logging, ...this.#args];
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], {
      stdio: ['ignore', 'ignore', log],
      env: { ...process.env, ...this.#env },
    });
    closeSync(log);
    this.#process = child;
  }

  /** Kills the process with SIGKILL, like a power cut. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || !this.runs) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Suspends the process with SIGSTOP, as if its disk did not answer. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Returns the end of the log, which also has what the process printed when it crashed. */
  async log(): Promise<string> {
    return (await readFile(this.#logFile, 'utf8').catch(() => '')).slice(-4000);
  }

  get #logFile(): string {
    return join(this.folder, 'log');
  }
}
