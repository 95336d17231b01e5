const esc = '\x1b';
const unfinished = new RegExp(`${esc}(\\[[0-9;?]*)?$`);
const tokens = new RegExp(`${esc}\\[([0-9;?]*)([@-~])|([^${esc}])`, 'gsu');

/** A terminal emulator that supports hardly more than the escape sequences that our views write. */
export class VirtualScreen {
  /** Whether the second (alternate) screen is active, the cursor is visible, and lines wrap. */
  isSecond = false;
  hasCursor = true;
  wraps = true;
  #lines = new Map<number, string>();
  #row = 1;
  #column = 1;
  #unfinished = '';

  /** Text of the second screen, without trailing blanks and blank lines. */
  get text(): string {
    const last = Math.max(0, ...this.#lines.keys());
    const lines = Array.from({ length: last }, (_, index) => (this.#lines.get(index + 1) ?? '').trimEnd());
    return lines.join('\n').trimEnd();
  }

  write(text: string): void {
    const all = this.#unfinished + text;
    // A sequence may be split between two writes.
    const cut = unfinished.exec(all)?.index ?? all.length;
    this.#unfinished = all.slice(cut);
    for (const [, parameters = '', final = '', character] of all.slice(0, cut).matchAll(tokens)) {
      if (character !== undefined) this.#put(character);
      else this.#control(final, parameters);
    }
  }

  #put(character: string): void {
    if (!this.isSecond || character < ' ') return;
    const line = (this.#lines.get(this.#row) ?? '').padEnd(this.#column - 1);
    this.#lines.set(this.#row, line.slice(0, this.#column - 1) + character + line.slice(this.#column));
    this.#column++;
  }

  #control(final: string, parameters: string): void {
    switch (final) {
      case 'H': {
        const [row = 1, column = 1] = parameters.split(';').filter(Boolean).map(Number);
        [this.#row, this.#column] = [row, column];
        return;
      }
      case 'J':
        this.#lines.clear();
        return;
      case 'K':
        this.#lines.set(this.#row, (this.#lines.get(this.#row) ?? '').slice(0, this.#column - 1));
        return;
      case 'h':
      case 'l':
        this.#set(parameters, final === 'h');
    }
  }

  #set(mode: string, on: boolean): void {
    if (mode === '?1049') {
      this.isSecond = on;
      this.#lines.clear();
    }
    if (mode === '?25') this.hasCursor = on;
    if (mode === '?7') this.wraps = on;
  }
}
