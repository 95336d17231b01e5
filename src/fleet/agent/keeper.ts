import type { Memory } from './memory.ts';

/** The state of an agent that outlives it: its memory, and the rules that it names. */
export interface Keeper {
  load(): Memory | undefined;
  /**
   * Keeps a memory. Rules that it does not name are forgotten.
   *
   * @throws {FleetError} where it cannot be kept.
   */
  save(memory: Memory): void;
  /**
   * Keeps rules, by their SHA-256, until a memory is kept that does not name them.
   *
   * @throws {FleetError} where they cannot be kept.
   */
  saveRules(sha256: string, rules: string): void;
  /** Returns rules; nothing where they are not kept, or not what they were. */
  loadRules(sha256: string): string | undefined;
}
