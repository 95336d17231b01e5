/** Lines of columns, as bytes: written into one buffer that grows and is used again. */
export class LineWriter {
  #bytes = Buffer.allocUnsafe(64 * 1024);
  #length = 0;
  /** Where the column that is being written starts. */
  #column = 0;

  /** Gives what was written, valid until the next write, and starts anew. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    this.#column = 0;
    return taken;
  }

  /** Makes room for so many bytes: the methods below expect it. */
  reserve(length: number): void {
    if (this.#length + length <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * this.#bytes.length + length);
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  /** Text of Latin letters. */
  text(text: string): void {
    this.#length += this.#bytes.write(text, this.#length, 'latin1');
  }

  copy(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at++) this.#bytes[this.#length++] = bytes[at] ?? 0;
  }

  decimal(value: number): void {
    if (value >= 10) this.decimal(Math.floor(value / 10));
    this.#bytes[this.#length++] = zero + (value % 10);
  }

  /** An IPv4 address and a port, as `192.0.2.1:80`: in `bytes` they stand as eight and four hexadecimal digits. */
  endpoint(bytes: Uint8Array, address: number, port: number): void {
    for (let at = 0; at < 8; at += 2) {
      if (at > 0) this.#bytes[this.#length++] = dot;
      this.decimal(hexadecimal(bytes, address + at));
    }
    this.#bytes[this.#length++] = colon;
    this.decimal(256 * hexadecimal(bytes, port) + hexadecimal(bytes, port + 2));
  }

  byte(value: number): void {
    this.#bytes[this.#length++] = value;
  }

  /** Ends a column that is `width` wide or wider, and writes a blank. */
  endColumn(width: number): void {
    const end = this.#column + width;
    while (this.#length < end) this.#bytes[this.#length++] = blank;
    this.#bytes[this.#length++] = blank;
    this.#column = this.#length;
  }

  endLine(): void {
    this.#bytes[this.#length++] = lineFeed;
    this.#column = this.#length;
  }

  /** A whole line, which ends with its line feed. */
  line(text: string): void {
    this.reserve(text.length);
    this.text(text);
    this.#column = this.#length;
  }
}

export const blank = 0x20;
export const lineFeed = 0x0a;
export const colon = 0x3a;
export const zero = 0x30;
const dot = 0x2e;

/** The number that two hexadecimal digits make, of which the letters are capitals. */
export function hexadecimal(bytes: Uint8Array, at: number): number {
  return 16 * digit(bytes[at] ?? 0) + digit(bytes[at + 1] ?? 0);
}

function digit(character: number): number {
  return character > 0x40 ? character - 0x37 : character - zero;
}
