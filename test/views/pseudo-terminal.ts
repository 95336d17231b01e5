import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { quote } from '../lab/shell-quote.ts';
import { VirtualScreen } from './virtual-screen.ts';

/** Exit status of a program on a pseudo-terminal, and the terminal's settings. */
export interface TerminalEnd {
  /** Exit status, as reported by a shell. */
  readonly status: number;
  /** The terminal's settings before and after the program ran, as printed by stty(1). */
  readonly before: string;
  readonly after: string;
}

/** A program running on a pseudo-terminal that script(1) creates. */
export class PseudoTerminal {
  readonly screen = new VirtualScreen();
  /** Everything that the program has written. */
  output = '';
  readonly #folder = mkdtempSync(join(tmpdir(), 'ipvsadm-terminal-'));
  readonly #script: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(program: readonly string[], { columns = 80, rows = 24, env = {} } = {}) {
    const words = program.map(quote).join(' ');
    // The outer shell saves the terminal's settings before and after; the inner one becomes the program.
    const lines = [
      `cd ${quote(this.#folder)}`,
      `stty rows ${rows} cols ${columns}; tty >tty; stty -g >before`,
      `sh -c ${quote(`echo $$ >pid; exec ${words}`)}`,
      'echo $? >status.new; stty -g >after; mv status.new status',
    ];
    this.#script = spawn('script', ['-qfc', lines.join('\n'), '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TERM: 'xterm', SHELL: '/bin/sh', LC_ALL: 'C.UTF-8', ...env },
    });
    this.#ended = once(this.#script, 'exit');
    this.#script.stdin?.on('error', () => {}); // the program may end while we type
    this.#script.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
      this.screen.write(text);
    });
  }

  type(text: string): void {
    this.#script.stdin?.write(text);
  }

  resize(columns: number, rows: number): void {
    execFileSync('stty', ['-F', this.#read('tty'), 'rows', String(rows), 'cols', String(columns)]);
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(Number(this.#read('pid')), signal);
  }

  /** Returns the letter of the program's state, see proc_pid_stat(5). */
  state(): string {
    return readFileSync(`/proc/${this.#read('pid')}/stat`, 'latin1').split(') ')[1]?.[0] ?? '';
  }

  /** Returns the program's CPU time in seconds. */
  cpuTime(): number {
    const fields =
      readFileSync(`/proc/${this.#read('pid')}/stat`, 'latin1')
        .split(') ')[1]
        ?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** Waits until the screen matches `wanted`, and returns its text. Throws after 30 seconds, with the text at that time. */
  async shows(wanted: RegExp | ((text: string) => boolean)): Promise<string> {
    const matches = typeof wanted === 'function' ? wanted : (text: string) => wanted.test(text);
    for (let tries = 0; tries < 300; tries++) {
      if (matches(this.screen.text)) return this.screen.text;
      if (this.#script.exitCode !== null) break;
      await sleep(100);
    }
    throw new Error(`${wanted} was not shown, but:\n${this.screen.text || this.output}`);
  }

  /** Waits until the program has ended. */
  async end(): Promise<TerminalEnd> {
    for (let tries = 0; tries < 300 && !existsSync(join(this.#folder, 'status')); tries++) await sleep(100);
    this.#script.stdin?.end();
    await this.#ended;
    return { status: Number(this.#read('status')), before: this.#read('before'), after: this.#read('after') };
  }

  dispose(): void {
    this.#script.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #read(name: string): string {
    return readFileSync(join(this.#folder, name), 'utf8').trim();
  }
}
