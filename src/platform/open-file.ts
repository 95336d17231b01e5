/** A file that is read from its beginning to its end. */
export interface OpenFile {
  /**
   * Reads on into `block`, from the offset `at`: as much as there is at once and has room. Returns the number of bytes, 0 at
   * the end of the file. Throws as `readSync` of node:fs does.
   */
  read(block: Uint8Array, at: number): number;
  close(): void;
}
