import type { Output } from '../stdio/output.ts';
import { Screen } from './screen.ts';

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

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
    for (const signal of endings) process.removeListener(signal, this.#listener.signalled);
    process.stdout.removeListener('resize', this.#listener.resized);
    process.stdin.removeListener('data', this.#listener.typed);
    process.stdin.removeListener('error', this.#failed).removeListener('end', this.#ended).pause();
  }

  /** Ends the process by a signal, after {@link close}, so that its parent learns how it ended. */
  endBy(signal: NodeJS.Signals): void {
    process.kill(process.pid, signal);
  }

  /** Restores the terminal and stops the process until SIGCONT. */
  suspend(): void {
    this.#close();
    process.kill(process.pid, 'SIGTSTP');
  }

  /** Ignores errors of standard input: when the terminal is gone, SIGHUP ends the process. */
  readonly #failed = (): void => {};

  readonly #ended = (): void => this.#listener.signalled('SIGHUP');

  readonly #continued = (): void => {
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
