import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Answers } from './answers.ts';

/** Exit status and output of a command line. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Separates the output of command lines; no program under test prints this character. */
const end = '\x1e';

/**
 * A long-running shell in a network namespace: starting one for every command line would take most of the time. Command
 * lines may be queued while earlier ones are still running.
 */
export class Shell {
  readonly #process: ChildProcess;
  readonly #stdout = new Answers(end);
  readonly #stderr = new Answers(end);
  readonly #folder = mkdtempSync(join(tmpdir(), 'ipvsadm-shell-'));

  /**
   * @param path folder that comes first in the shell's `PATH`
   * @param env additional environment variables
   */
  constructor(namespace: string, path: string, env: Readonly<Record<string, string>> = {}) {
    this.#process = spawn('ip', ['netns', 'exec', namespace, 'sh'], {
      env: { ...process.env, PATH: `${path}:${process.env.PATH}`, TMPDIR: this.#folder, ...env },
    });
    this.#process.stdout?.setEncoding('utf8').on('data', (chunk: string) => this.#stdout.add(chunk));
    this.#process.stderr?.setEncoding('utf8').on('data', (chunk: string) => this.#stderr.add(chunk));
    this.#process.on('exit', () => {
      for (const answers of [this.#stdout, this.#stderr]) answers.fail(new Error('the shell has ended'));
    });
  }

  /** Runs a command line with an empty standard input, and waits until it has ended. */
  async run(line: string): Promise<Outcome> {
    this.#process.stdin?.write(`{ ${line}\n} </dev/null; printf '${end}%d${end}' $?; printf '${end}' >&2\n`);
    const [stdout, status, stderr] = await Promise.all([
      this.#stdout.next(),
      this.#stdout.next(),
      this.#stderr.next(),
    ]);
    return { status: Number(status), stdout, stderr };
  }

  close(): void {
    this.#process.stdin?.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
