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

  /** Bytes written since they were taken. */
  get length(): number {
    return this.#length;
  }

  /** Text: room for three bytes a character must have been made. */
  text(text: string): void {
    this.#length += this.#bytes.write(text, this.#length);
  }

  copy(source: Uint8Array, start: number, end: number): void {
    const bytes = this.#bytes;
    let to = this.#length;
    for (let from = start; from < end; from++) bytes[to++] = source[from] ?? 0;
    this.#length = to;
  }

  decimal(value: number): void {
    this.#length = writeDecimal(this.#bytes, this.#length, value);
  }

  /** An IPv4 address and a port, as `192.0.2.1:80`: in `source` they stand as eight and four hexadecimal digits. */
  endpoint(source: Uint8Array, address: number, port: number): void {
    const bytes = this.#bytes;
    let to = this.#length;
    for (let from = address; from < address + 8; from += 2) {
      to = writeDecimal(bytes, to, hexadecimal(source, from));
      bytes[to++] = dot;
    }
    bytes[to - 1] = colon;
    this.#length = writeDecimal(bytes, to, 256 * hexadecimal(source, port) + hexadecimal(source, port + 2));
  }

  byte(value: number): void {
    this.#bytes[this.#length++] = value;
  }

  /** Ends a column that is `width` wide or wider, and writes a blank. */
  endColumn(width: number): void {
    const bytes = this.#bytes;
    const end = this.#column + width;
    let to = this.#length;
    while (to < end) bytes[to++] = blank;
    bytes[to++] = blank;
    this.#length = to;
    this.#column = to;
  }

  endLine(): void {
    this.#bytes[this.#length++] = lineFeed;
    this.#column = this.#length;
  }

  /** Whole lines, of which the last ends with its line feed. */
  lines(text: string): void {
    this.reserve(3 * text.length);
    this.text(text);
    this.#column = this.#length;
  }
}

export const blank = 0x20;
export const lineFeed = 0x0a;
export const colon = 0x3a;
export const zero = 0x30;
const dot = 0x2e;

/** Writes a whole number from `at` on; gives where it ends. */
function writeDecimal(bytes: Uint8Array, at: number, value: number): number {
  let end = at + 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) end++;
  let rest = value;
  for (let to = end - 1; to >= at; to--) {
    bytes[to] = zero + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return end;
}

/** The number that two hexadecimal digits make, of which the letters are capitals. */
export function hexadecimal(bytes: Uint8Array, at: number): number {
  return 16 * digit(bytes[at] ?? 0) + digit(bytes[at + 1] ?? 0);
}

function digit(character: number): number {
  return character > 0x40 ? character - 0x37 : character - zero;
}
