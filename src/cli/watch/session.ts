import type { Output } from '../stdio/output.ts';
import { Screen } from './screen.ts';

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** Events of a session. */
export interface SessionListener {
  /** Somebody typed `text`. */
  typed(text: string): void;
  /** The terminal has another size, or has been given back by another program. */
  resized(): void;
  /** A signal wants the process to end; the session must be closed, and {@link Session.endBy} called. */
  signalled(signal: NodeJS.Signals): void;
}

/**
 * The terminal at standard input and output while a view is on it: second screen, no cursor, every key at once. However
 * the process ends, save by SIGKILL, the terminal becomes what it was.
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
    this.#take();
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

  /** Ends the process by a signal, after {@link close}, so that whoever started it learns how it ended. */
  endBy(signal: NodeJS.Signals): void {
    process.kill(process.pid, signal);
  }

  /** Gives the terminal back and stops the process until it is told to go on. */
  suspend(): void {
    this.#close();
    process.kill(process.pid, 'SIGTSTP');
  }

  /** A terminal that is gone is no reason for a message, as SIGHUP ends the process. */
  readonly #failed = (): void => {};

  readonly #ended = (): void => this.#listener.signalled('SIGHUP');

  readonly #continued = (): void => {
    // Whoever had the terminal meanwhile may have left it in any state.
    this.#close();
    this.#take();
    this.#listener.resized();
  };

  #take(): void {
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

/** Has every key handed on at once, or whole lines; only a terminal can do either. */
function setRawMode(isRaw: boolean): void {
  if (process.stdin.isTTY) process.stdin.setRawMode(isRaw);
}
