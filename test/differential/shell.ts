import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Answers } from './answers.ts';

/** What a command line left behind. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Ends what one command line has written; no program here prints it. */
const end = '\x1e';

/**
 * A shell in a network namespace that stays open, since starting one for every command line would take most of the
 * time. Command lines may be handed in before the ones before them have ended.
 */
export class Shell {
  readonly #process: ChildProcess;
  readonly #stdout = new Answers(end);
  readonly #stderr = new Answers(end);
  readonly #folder = mkdtempSync(join(tmpdir(), 'ipvsadm-shell-'));

  /**
   * @param path folder in which the shell looks for programs first
   * @param env more of its environment
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

  /** Runs a command line to its end. */
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
