import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { quote } from '../lab/shell-quote.ts';
import { VirtualScreen } from './virtual-screen.ts';

/** How a program on a pseudo-terminal ended. */
export interface TerminalEnd {
  /** Its exit status, as a shell sees it. */
  readonly status: number;
  /** The terminal's settings before and after, as stty(1) writes them. */
  readonly before: string;
  readonly after: string;
}

/** A program that runs on a pseudo-terminal, which script(1) makes. */
export class PseudoTerminal {
  readonly screen = new VirtualScreen();
  /** All that the program has written. */
  output = '';
  readonly #folder = mkdtempSync(join(tmpdir(), 'ipvsadm-terminal-'));
  readonly #script: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(program: readonly string[], { columns = 80, rows = 24, env = {} } = {}) {
    const words = program.map(quote).join(' ');
    // The shell has its own terminal settings looked at before and after; the program takes the shell's inner place.
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

  /** The letter of the program's state in proc_pid_stat(5). */
  state(): string {
    return readFileSync(`/proc/${this.#read('pid')}/stat`, 'latin1').split(') ')[1]?.[0] ?? '';
  }

  /** CPU time that the program has taken, in seconds. */
  cpuTime(): number {
    const fields =
      readFileSync(`/proc/${this.#read('pid')}/stat`, 'latin1')
        .split(') ')[1]
        ?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** Waits until the screen is as wanted; throws, with what it shows, when it is not for 30 seconds. */
  async shows(wanted: RegExp | ((text: string) => boolean)): Promise<string> {
    const isThere = typeof wanted === 'function' ? wanted : (text: string) => wanted.test(text);
    for (let tries = 0; tries < 300; tries++) {
      if (isThere(this.screen.text)) return this.screen.text;
      if (this.#script.exitCode !== null) break;
      await sleep(100);
    }
    throw new Error(`never shown: ${wanted}; but:\n${this.screen.text || this.output}`);
  }

  /** Waits for the program's end. */
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
