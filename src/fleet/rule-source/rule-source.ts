/** A rule file that others write. */
export interface RuleSource {
  /** Its address for messages, without user and password. */
  readonly name: string;
  /** Milliseconds between two looks for changes. */
  readonly interval: number;
  /**
   * Reads the file as it is now. While it is the same, the same bytes are returned where that can be told.
   *
   * @throws {StoreError}
   */
  read(): Promise<Uint8Array>;
  close(): void;
}

/** Bytes of a rule file that are taken. */
export const ruleFileLimit = 64 * 1024 * 1024;
