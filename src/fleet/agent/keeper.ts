import type { Memory } from './memory.ts';

/** Persistent state of an agent: its memory, and the rules that the memory names. */
export interface Keeper {
  load(): Memory | undefined;
  /**
   * Saves a memory. Deletes the rules that it does not name.
   *
   * @throws {FleetError} if it cannot be saved.
   */
  save(memory: Memory): void;
  /**
   * Saves rules by their SHA-256, until a memory is saved that does not name them.
   *
   * @throws {FleetError} if they cannot be saved.
   */
  saveRules(sha256: string, rules: string): void;
  /** Returns saved rules; undefined if they are missing or damaged. */
  loadRules(sha256: string): string | undefined;
}
