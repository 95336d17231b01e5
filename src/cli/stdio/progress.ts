import { platform } from '#platform';
import { errorTerminal } from './terminal.ts';

/** Nothing is said of what takes less than this, in milliseconds. */
const patience = 700;
const pause = 200;
/** Only one of so many steps looks at the clock, which may be a system call. */
const stepsBetweenLooks = 8;

/** Tells on a terminal at standard error how far long work has come; elsewhere it is silent. */
export class Progress {
  readonly #label: string;
  #due = Date.now() + patience;
  #steps = 0;
  #shown = false;

  constructor(label: string) {
    this.#label = label;
  }

  /** So much is done; of so much, where that is known. */
  at(done: number, of?: number): void {
    if (++this.#steps % stepsBetweenLooks !== 0 || Date.now() < this.#due) return;
    this.#due = Date.now() + pause;
    if (!errorTerminal()) return;
    this.#shown = true;
    this.#write(`\r${this.#label}: ${done}${of === undefined ? '' : ` of ${of}`}\x1b[K`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#shown) this.#write('\r\x1b[K');
  }

  #write(text: string): void {
    try {
      platform.writeSome(2, Buffer.from(text));
    } catch {
      // Nobody has to see it.
    }
  }
}
