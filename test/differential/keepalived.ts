import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMirror } from '../lab/debian/mirror.ts';
import { debianTool } from '../lab/debian/tool.ts';
import { program } from '../lab/debian/tree.ts';

/** Returns the path of Debian's keepalived. A guest has no network, so the program must be fetched before it boots. */
export async function fetchKeepalived(): Promise<string> {
  return program(await debianTool(await findMirror(), 'keepalived'), 'keepalived');
}

/** A running keepalived in a network namespace. */
export class Keepalived {
  readonly #process: ChildProcess;
  readonly #folder = mkdtempSync(join(tmpdir(), 'keepalived-'));
  /** Its log output so far. */
  log = '';

  constructor(program: string, namespace: string, configuration: string) {
    const pid = (name: string) => join(this.#folder, `${name}.pid`);
    const files = ['-f', configuration, '-p', pid('parent'), '-r', pid('vrrp'), '-c', pid('checkers')];
    this.#process = spawn(
      'ip',
      ['netns', 'exec', namespace, program, '--dont-fork', '--log-console', ...files],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.log += chunk;
      });
  }

  /** Stops keepalived, which then removes its services. */
  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    if (this.#process.exitCode === null && this.#process.kill()) await ended;
    rmSync(this.#folder, { recursive: true });
  }
}
