/** A file that is read from its beginning to its end. */
export interface OpenFile {
  /**
   * Reads on, into `block` from there on: as much as there is at once and has room. Gives how many bytes that are, 0 at the
   * end. Throws what read(2) does.
   */
  read(block: Uint8Array, at: number): number;
  close(): void;
}
