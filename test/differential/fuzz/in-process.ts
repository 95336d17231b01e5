import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { nodeWithTypeScript } from '../../lab/project.ts';
import { Answers } from '../answers.ts';
import type { Outcome } from '../shell.ts';
import type { Step } from '../step.ts';

/**
 * Our ipvsadm in a network namespace, many runs in one process: most of the time that a run takes is the start of
 * its process. Steps may be handed in before the ones before them have ended.
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
