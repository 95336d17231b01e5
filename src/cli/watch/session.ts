import type { Output } from '../stdio/output.ts';
import { Screen } from './screen.ts';

/**
 * Signals that end a process and can be handled, signal(7); not those that tell of a fault in the program itself, nor those
 * that the runtimes need. Node would start its debugger at SIGUSR1.
 */
const endings = [
  ...(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGABRT', 'SIGALRM', 'SIGUSR1', 'SIGUSR2'] as const),
  ...(['SIGVTALRM', 'SIGPROF', 'SIGXCPU', 'SIGXFSZ', 'SIGIO', 'SIGSTKFLT'] as const),
] as const;

/** Milliseconds after which a process that asked to be stopped, and still runs, is one that the kernel does not stop. */
const stopDelay = 100;

/** Events of a session. */
export interface SessionListener {
  /** Handles text that the user typed. */
  typed(text: string): void;
  /** Handles a new size of the terminal, or its return from another program. */
  resized(): void;
  /** Handles a signal to end the process: the session must be closed, and {@link Session.endBy} called. */
  signalled(signal: NodeJS.Signals): void;
}

/**
 * The terminal at standard input and output while a view is on it: alternate screen, no cursor, raw keys. However the
 * process ends, except by SIGKILL, the terminal is restored.
 */
export class Session {
  readonly screen: Screen;
  readonly #listener: SessionListener;
  #isOpen = false;
  #unstopped: NodeJS.Timeout | undefined;

  constructor(out: Output, listener: SessionListener) {
    this.screen = new Screen(out);
    this.#listener = listener;
  }

  get size(): { columns: number; rows: number } {
    return { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 };
  }

  open(): void {
    process.on('exit', this.#close);
    process.on('SIGCONT', this.#continued);
    process.on('SIGTSTP', this.suspend);
    for (const signal of endings) process.on(signal, this.#listener.signalled);
    process.stdout.on('resize', this.#listener.resized);
    process.stdin.setEncoding('utf8').on('data', this.#listener.typed);
    process.stdin.on('error', this.#failed).on('end', this.#ended);
    this.#open();
  }

  close(): void {
    this.#close();
    process.removeListener('exit', this.#close);
    process.removeListener('SIGCONT', this.#continued);
    process.removeListener('SIGTSTP', this.suspend);
    clearTimeout(this.#unstopped);
    for (const signal of endings) process.removeListener(signal, this.#listener.signalled);
    process.stdout.removeListener('resize', this.#listener.resized);
    process.stdin.removeListener('data', this.#listener.typed);
    process.stdin.removeListener('error', this.#failed).removeListener('end', this.#ended).pause();
  }

  /** Ends the process by a signal, after {@link close}, so that its parent learns how it ended. */
  endBy(signal: NodeJS.Signals): void {
    process.kill(process.pid, signal);
  }

  /**
   * Restores the terminal and stops the process until SIGCONT. Without a shell that could continue it, the kernel does not
   * stop it (an orphaned process group, setpgid(2)), and it takes the terminal again.
   */
  readonly suspend = (): void => {
    this.#close();
    // Only without a handler does the signal stop the process.
    process.removeListener('SIGTSTP', this.suspend);
    process.kill(process.pid, 'SIGTSTP');
    this.#unstopped = setTimeout(this.#continued, stopDelay);
  };

  /** Ignores errors of standard input: when the terminal is gone, SIGHUP ends the process. */
  readonly #failed = (): void => {};

  readonly #ended = (): void => this.#listener.signalled('SIGHUP');

  readonly #continued = (): void => {
    clearTimeout(this.#unstopped);
    process.removeListener('SIGTSTP', this.suspend).on('SIGTSTP', this.suspend);
    // Another program may have left the terminal in any state.
    this.#close();
    this.#open();
    this.#listener.resized();
  };

  #open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    setRawMode(true);
    process.stdin.resume();
    this.screen.open();
  }

  readonly #close = (): void => {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      this.screen.close();
      setRawMode(false);
    } catch {
      // The terminal is gone.
    }
  };
}

/** Switches standard input between single keys and whole lines; has no effect unless it is a terminal. */
function setRawMode(isRaw: boolean): void {
  if (process.stdin.isTTY) process.stdin.setRawMode(isRaw);
}
