import { platform } from '#platform';
import { errorTerminal } from './terminal.ts';

/** Milliseconds before progress is first shown: shorter work stays silent. */
const initialDelay = 700;
const interval = 200;
/** Number of steps between two checks of the clock, as each may be a system call. */
const stepsPerClockCheck = 8;

/** Shows the progress of long work where standard error is a terminal; elsewhere stays silent. */
export class Progress {
  readonly #label: string;
  #due = Date.now() + initialDelay;
  #steps = 0;
  #shown = false;

  constructor(label: string) {
    this.#label = label;
  }

  /** Reports that `done` steps are done, out of `total` where the total is known. */
  update(done: number, total?: number): void {
    if (++this.#steps % stepsPerClockCheck !== 0 || Date.now() < this.#due) return;
    this.#due = Date.now() + interval;
    if (!errorTerminal()) return;
    this.#shown = true;
    this.#write(`\r${this.#label}: ${done}${total === undefined ? '' : ` of ${total}`}\x1b[K`);
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
