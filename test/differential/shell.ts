import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';

/** What a command line left behind. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A shell in a network namespace that stays open, since starting one for every command line would take most of the time. */
export class Shell {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #lines: Interface;
  readonly #folder = mkdtempSync(join(tmpdir(), 'ipvsadm-shell-'));

  /** @param path folder in which the shell looks for programs first */
  constructor(namespace: string, path: string) {
    this.#process = spawn('ip', ['netns', 'exec', namespace, 'bash', '--norc'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, PATH: `${path}:${process.env.PATH}` },
    });
    const { stdout } = this.#process;
    if (!stdout) throw new TypeError('a shell without standard output');
    this.#lines = createInterface(stdout);
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  /** Runs a command line to its end. */
  async run(line: string): Promise<Outcome> {
    const [out, err] = [join(this.#folder, 'out'), join(this.#folder, 'err')];
    // A subshell, so that what is told of a program that crashes goes to its standard error too.
    this.#process.stdin?.write(`( ${line}\n) >${out} 2>${err} </dev/null; echo $?\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`the shell ended at: ${line}`);
    return { status: Number(value), stdout: readFileSync(out, 'utf8'), stderr: readFileSync(err, 'utf8') };
  }

  close(): void {
    this.#process.stdin?.end();
    this.#lines.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
