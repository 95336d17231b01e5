import { writeAll } from '../../platform/write-all.ts';

/** Where text goes: collected, and written in large blocks. */
export interface Output {
  /** Takes text, or its bytes, which may be used again afterwards. */
  write(text: string | Uint8Array): void;
  /** Hands on what has been collected. */
  flush(): void;
}

const blockSize = 64 * 1024;

/** Output to an open file. Throws what write(2) does; `EPIPE` when nobody reads any more. */
export class FileOutput implements Output {
  readonly #fd: number;
  /** Made when it is needed, as most commands write a few lines or none. */
  #block: Buffer | undefined;
  /** Bytes in the block. */
  #filled = 0;
  /** Text that comes behind them. */
  #pending = '';

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(text: string | Uint8Array): void {
    if (typeof text !== 'string') {
      if (this.#pending) this.#collect(this.#takeText());
      this.#collect(text);
      return;
    }
    this.#pending += text;
    if (this.#pending.length >= blockSize) this.flush();
  }

  flush(): void {
    const text = this.#takeText();
    if (this.#filled === 0) {
      // With no bytes collected, text is written without a block.
      writeAll(this.#fd, text);
      return;
    }
    this.#collect(text);
    this.#empty();
  }

  /** Takes the text that is pending, as bytes. */
  #takeText(): Uint8Array {
    const text = this.#pending;
    this.#pending = '';
    return new TextEncoder().encode(text);
  }

  #collect(bytes: Uint8Array): void {
    if (this.#filled + bytes.length > blockSize) this.#empty();
    if (bytes.length >= blockSize) {
      writeAll(this.#fd, bytes);
      return;
    }
    this.#block ??= Buffer.allocUnsafe(blockSize);
    this.#block.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  /** Hands on the block. */
  #empty(): void {
    const length = this.#filled;
    this.#filled = 0;
    if (length > 0 && this.#block) writeAll(this.#fd, this.#block.subarray(0, length));
  }
}
