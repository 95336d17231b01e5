import { stripVTControlCharacters } from 'node:util';
import { displayWidth } from '../../view/display-width.ts';
import type { Output } from '../stdio/output.ts';

/** Sequences that switch to the alternate screen, hide the cursor and turn off line wrapping; and undo that. */
const open = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const close = '\x1b[?7h\x1b[?25h\x1b[?1049l';
/** Sequences around a synchronised update: a terminal that knows them shows no unfinished screen. */
const begin = '\x1b[?2026h';
const end = '\x1b[?2026l';

/** The lines of a terminal's alternate screen; only changed lines are written, all at once. */
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

  /** Restores the former screen and the cursor. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#send(close);
  }

  /** Forgets what is on the screen, after the terminal was resized or another program has written to it. */
  forget(): void {
    this.#lines = [];
  }

  /** Shows lines of up to `columns` characters, with the cursor in column `cursor` of the last one if given. */
  draw(lines: readonly string[], columns: number, cursor?: number): void {
    if (!this.#isOpen) return;
    let text = this.#lines.length === 0 ? '\x1b[2J' : '';
    for (const [index, line] of lines.entries()) {
      if (line === this.#lines[index]) continue;
      // After a full line the cursor is still on its last character, which would be erased.
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
