import { mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { platform } from '#platform';
import { replaceFile } from '../../platform/replace-file.ts';
import { DocumentError } from '../documents/document.ts';
import { FleetError } from '../fleet-error.ts';
import { sha256Of } from '../revisions/contents.ts';
import type { Keeper } from './keeper.ts';
import { type Memory, memoryDocument, rulesNamed } from './memory.ts';

const memoryFile = 'agent.json';
const rulesEnding = '.rules';

/** Keeps an agent's state in a folder: `agent.json`, and the rules as `SHA256.rules`. */
export class StateFolder implements Keeper {
  readonly #folder: string;
  /** Text of the memory in the folder, if this process has written it. */
  #kept: string | undefined;

  /** Creates the folder if it does not exist. Throws like `mkdirSync` of node:fs. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /**
   * Locks the folder against other agents until this process ends, as each removes the rules that its own memory does not name.
   * Resolves to whether this process has the lock; rejects if locking is impossible.
   */
  async lock(): Promise<boolean> {
    return platform.lockFile(openSync(this.#folder, 'r'), 0);
  }

  /** @throws {FleetError} if the file is damaged, or has another version. */
  load(): Memory | undefined {
    const text = this.#read(memoryFile);
    if (text === undefined) return undefined;
    try {
      return memoryDocument.decode(join(this.#folder, memoryFile), text);
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      throw new FleetError(`${error.message}; remove it to start afresh with the table as it is`);
    }
  }

  save(memory: Memory): void {
    const text = memoryDocument.encode(memory);
    if (text === this.#kept) return;
    this.#write(memoryFile, text);
    this.#kept = text;
    const named = rulesNamed(memory);
    for (const file of readdirSync(this.#folder)) {
      const isForgotten = file.endsWith(rulesEnding) && !named.has(basename(file, rulesEnding));
      // Left by an agent that was killed while it wrote the file.
      const isUnfinished = file.startsWith('.') && file.endsWith('.tmp');
      if (isForgotten || isUnfinished) rmSync(join(this.#folder, file), { force: true });
    }
  }

  saveRules(sha256: string, rules: string): void {
    this.#write(`${sha256}${rulesEnding}`, rules);
  }

  loadRules(sha256: string): string | undefined {
    const rules = this.#read(`${sha256}${rulesEnding}`);
    return rules !== undefined && sha256Of(rules) === sha256 ? rules : undefined;
  }

  #write(file: string, text: string): void {
    try {
      replaceFile(join(this.#folder, file), [text], { mode: 0o600 });
    } catch (error) {
      throw error instanceof Error ? new FleetError(error.message, { cause: error }) : error;
    }
  }

  #read(file: string): string | undefined {
    try {
      return readFileSync(join(this.#folder, file), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
