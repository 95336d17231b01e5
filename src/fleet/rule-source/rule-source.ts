/** A rule file that is written by others. */
export interface RuleSource {
  /** Address for messages, without user and password. */
  readonly name: string;
  /** Milliseconds between two checks for changes. */
  readonly interval: number;
  /**
   * Reads the current contents. Returns the same array again if the file is known to be unchanged.
   *
   * @throws {StoreError}
   */
  read(): Promise<Uint8Array>;
  close(): void;
}

/** Maximum size of a rule file, in bytes. */
export const ruleFileLimit = 64 * 1024 * 1024;
