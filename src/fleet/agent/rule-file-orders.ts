import { sleep } from '../../rollout/sleep.ts';
import type { Refusal } from '../documents/report.ts';
import { sha256Of } from '../revisions/contents.ts';
import { RulesError } from '../revisions/rules.ts';
import type { RuleSource } from '../rule-source/rule-source.ts';
import { StoreError } from '../store/error.ts';
import type { Memory } from './memory.ts';
import type { Fetched, OrderSource, Orders } from './orders.ts';
import { parsedRules } from './parsed-rules.ts';

/** How {@link RuleFileOrders} takes a rule file. */
export interface RuleFileOptions {
  /** Seconds for which servers that it does not name any more are drained. */
  readonly drain?: number | undefined;
  /** Whether a file without services empties the table. */
  readonly allowEmpty: boolean;
  /** Milliseconds for which new rules have to stay as they are before they are taken: 2000. */
  readonly settleTime?: number;
  /** Tells the agent to end. */
  readonly stop: AbortSignal;
}

/**
 * Orders of a rule file that others write: each change of it is a revision, which the agent numbers itself. Nobody is reported to.
 *
 * New rules are taken when two looks have found the same, as a file that is being written may be a legal one that lacks half of its
 * services.
 */
export class RuleFileOrders implements OrderSource {
  readonly #source: RuleSource;
  readonly #options: RuleFileOptions;
  /** The rules that {@link read} found last. */
  #found: { readonly bytes: Uint8Array; readonly rules: string; readonly sha256: string } | undefined;

  constructor(source: RuleSource, options: RuleFileOptions) {
    this.#source = source;
    this.#options = options;
  }

  async read({ applied }: Memory): Promise<Orders> {
    try {
      const bytes = await this.#source.read();
      if (!this.#found || !equal(bytes, this.#found.bytes)) {
        const rules = Buffer.from(bytes).toString('utf8');
        const sha256 = sha256Of(rules);
        if (sha256 !== applied?.sha256 && !(await this.#settles(bytes))) {
          if (this.#options.stop.aborted) return { view: { kind: 'unreachable' }, overrides: undefined };
          throw new StoreError('unreachable', this.#source.name, 'it changes while it is read');
        }
        this.#found = { bytes, rules, sha256 };
      }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return { view: { kind: 'unreachable' }, overrides: undefined, trouble: error.message };
    }
    const { sha256 } = this.#found;
    const { drain } = this.#options;
    const before = applied?.revision ?? 0;
    const content = {
      rollout: sha256,
      revision: applied?.sha256 === sha256 ? before : before + 1,
      ...(drain !== undefined && { drain }),
    };
    const target = { content, modRevision: 0n };
    return { view: { kind: 'read', cluster: this.#source.name, revision: 0n, target }, overrides: [] };
  }

  /** Tells whether the rules are still the same a little later. */
  async #settles(bytes: Uint8Array): Promise<boolean> {
    const { settleTime = 2000, stop } = this.#options;
    await sleep(settleTime, stop);
    return !stop.aborted && equal(bytes, await this.#source.read());
  }

  async fetch(revision: number): Promise<Fetched> {
    const { name } = this.#source;
    const refuse = (code: Refusal['code'], reason: string): Fetched => ({
      kind: 'refused',
      refusal: { code, reason, revision },
    });
    if (!this.#found) return { kind: 'unreachable' };
    const { rules, sha256 } = this.#found;
    try {
      const desired = parsedRules(sha256, rules);
      if (desired.table.size === 0 && !this.#options.allowEmpty)
        return refuse('empty', `${name} has no service; --allow-empty lets it empty the table`);
      return { kind: 'taken', sha256, rules, desired };
    } catch (error) {
      if (!(error instanceof RulesError)) throw error;
      return refuse('rules', error.message);
    }
  }

  async report(): Promise<void> {}

  async wait({ trouble }: Orders, milliseconds: number): Promise<void> {
    const { stop } = this.#options;
    const end = performance.now() + milliseconds;
    for (;;) {
      const left = end - performance.now();
      await sleep(Math.max(0, Math.min(left, this.#source.interval)), stop);
      if (stop.aborted || left <= this.#source.interval) return;
      if (await this.#hasNews(trouble !== undefined)) return;
    }
  }

  /** Tells whether the file is another one, or cannot be read any more. */
  async #hasNews(wasInTrouble: boolean): Promise<boolean> {
    try {
      return !this.#found || !equal(await this.#source.read(), this.#found.bytes);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return !wasInTrouble;
    }
  }

  async begin(): Promise<void> {}

  async end(): Promise<void> {}
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one === other || Buffer.compare(one, other) === 0;
}
