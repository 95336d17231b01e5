import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { nodeWithTypeScript } from '../../lab/project.ts';
import { Answers } from '../answers.ts';
import type { Outcome } from '../shell.ts';
import type { Step } from '../step.ts';

/**
 * Runs our ipvsadm many times in one process in a network namespace, because starting a process takes most of the time of a
 * run. Steps may be queued while earlier ones are still running.
 */
export class InProcess {
  readonly #process: ChildProcess;
  readonly #answers = new Answers('\n');

  constructor(namespace: string) {
    const worker = fileURLToPath(new URL('worker.ts', import.meta.url));
    this.#process = spawn('ip', ['netns', 'exec', namespace, ...nodeWithTypeScript, worker], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#process.stdout?.setEncoding('utf8').on('data', (chunk: string) => this.#answers.add(chunk));
    this.#process.on('exit', () => this.#answers.fail(new Error('the worker has ended')));
  }

  async run(step: Step): Promise<Outcome> {
    this.#process.stdin?.write(`${JSON.stringify(step)}\n`);
    return JSON.parse(await this.#answers.next());
  }

  close(): void {
    this.#process.stdin?.end();
  }
}
