import { writeAll } from '../../platform/write-all.ts';

/** A destination for text, which is collected and written in large blocks. */
export interface Output {
  /** Adds text, or its bytes, whose array may be reused afterwards. */
  write(text: string | Uint8Array): void;
  /** Writes what has been collected. */
  flush(): void;
}

const blockSize = 64 * 1024;

/** Output to an open file. */
export class FileOutput implements Output {
  readonly #fd: number;
  readonly #onFailure: (error: unknown) => void;
  /** Allocated on demand, as most commands write a few lines or none. */
  #block: Buffer | undefined;
  /** Number of bytes in the block. */
  #filled = 0;
  /** Text that follows the bytes in the block. */
  #pending = '';

  /**
   * @param onFailure Called with the error when write(2) fails, with the code `EPIPE` when the reader is gone. What could
   *   not be written is not written again.
   */
  constructor(fd: number, onFailure: (error: unknown) => void) {
    this.#fd = fd;
    this.#onFailure = onFailure;
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
      this.#send(text);
      return;
    }
    this.#collect(text);
    this.#empty();
  }

  /** Removes the pending text and returns it as bytes. */
  #takeText(): Uint8Array {
    const text = this.#pending;
    this.#pending = '';
    return new TextEncoder().encode(text);
  }

  #collect(bytes: Uint8Array): void {
    if (this.#filled + bytes.length > blockSize) this.#empty();
    if (bytes.length >= blockSize) {
      this.#send(bytes);
      return;
    }
    this.#block ??= Buffer.allocUnsafe(blockSize);
    this.#block.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  /** Writes the block and empties it. */
  #empty(): void {
    const length = this.#filled;
    this.#filled = 0;
    if (length > 0 && this.#block) this.#send(this.#block.subarray(0, length));
  }

  #send(bytes: Uint8Array): void {
    try {
      writeAll(this.#fd, bytes);
    } catch (error) {
      this.#onFailure(error);
    }
  }
}
