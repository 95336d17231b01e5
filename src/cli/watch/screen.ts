import { stripVTControlCharacters } from 'node:util';
import { displayWidth } from '../../view/display-width.ts';
import type { Output } from '../stdio/output.ts';

/** A screen of its own, in which lines may be written anywhere; the former one comes back afterwards. */
const open = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const close = '\x1b[?7h\x1b[?25h\x1b[?1049l';
/** Between these a terminal that knows them shows nothing half done. */
const begin = '\x1b[?2026h';
const end = '\x1b[?2026l';

/** The lines of a terminal's second screen; only those that have changed are written, all in one piece. */
export class Screen {
  readonly #out: Output;
  #lines: readonly string[] = [];
  #isOpen = false;

  constructor(out: Output) {
    this.#out = out;
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#lines = [];
    this.#send(open);
  }

  /** Gives the former screen and the cursor back. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#send(close);
  }

  /** Forgets what is on the screen: the terminal has another size now, or somebody else has written. */
  forget(): void {
    this.#lines = [];
  }

  /** Shows lines of up to `columns` signs, with the cursor in column `cursor` of the last one if that is given. */
  draw(lines: readonly string[], columns: number, cursor?: number): void {
    if (!this.#isOpen) return;
    let text = this.#lines.length === 0 ? '\x1b[2J' : '';
    for (const [index, line] of lines.entries()) {
      if (line === this.#lines[index]) continue;
      // Behind a full line the cursor still stands on its last sign, which would be erased.
      const rest = displayWidth(stripVTControlCharacters(line)) < columns ? '\x1b[K' : '';
      text += `\x1b[${index + 1};1H${line}${rest}`;
    }
    this.#lines = lines;
    const place = cursor === undefined ? '\x1b[?25l' : `\x1b[${lines.length};${cursor}H\x1b[?25h`;
    this.#send(begin + text + place + end);
  }

  #send(text: string): void {
    this.#out.write(text);
    this.#out.flush();
  }
}
