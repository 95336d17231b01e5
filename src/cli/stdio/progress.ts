import { platform } from '#platform';
import { errorTerminal } from './terminal.ts';

/** Milliseconds before progress is first shown: shorter work stays silent. */
const patience = 700;
const pause = 200;
/** Number of steps between two looks at the clock, as each may be a system call. */
const stepsBetweenLooks = 8;

/** Shows the progress of long work where standard error is a terminal; elsewhere stays silent. */
export class Progress {
  readonly #label: string;
  #due = Date.now() + patience;
  #steps = 0;
  #shown = false;

  constructor(label: string) {
    this.#label = label;
  }

  /** Reports that `done` steps are done, out of `of` where the total is known. */
  at(done: number, of?: number): void {
    if (++this.#steps % stepsBetweenLooks !== 0 || Date.now() < this.#due) return;
    this.#due = Date.now() + pause;
    if (!errorTerminal()) return;
    this.#shown = true;
    this.#write(`\r${this.#label}: ${done}${of === undefined ? '' : ` of ${of}`}\x1b[K`);
  }

  /** Erases the progress line. */
  end(): void {
    if (this.#shown) this.#write('\r\x1b[K');
  }

  #write(text: string): void {
    try {
      platform.writeSome(2, Buffer.from(text));
    } catch {
      // Progress is not essential, so a failed write is ignored.
    }
  }
}
