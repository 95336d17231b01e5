import { randomUUID } from 'node:crypto';
import { withAnySignal } from '../../rollout/any-signal.ts';
import { sleep } from '../../rollout/sleep.ts';
import type { Refusal } from '../documents/report.ts';
import { sha256Of } from '../revisions/contents.ts';
import { RulesError } from '../revisions/rules.ts';
import type { RuleSource } from '../rule-source/rule-source.ts';
import { StoreError } from '../store/error.ts';
import type { Memory } from './memory.ts';
import type { Fetched, OrderSource, Orders } from './orders.ts';
import { parsedRules } from './parsed-rules.ts';

/** Options of {@link RuleFileOrders}. */
export interface RuleFileOptions {
  /** Seconds for which servers that the file no longer names are drained. */
  readonly drain?: number | undefined;
  /** Whether a file without services empties the table. */
  readonly allowEmpty: boolean;
  /** Milliseconds for which new rules must stay unchanged before they are accepted; default 2000. */
  readonly settleTime?: number;
  /** Returns milliseconds since 1970. */
  readonly now: () => number;
  /** Tells the agent to end. */
  readonly stop: AbortSignal;
}

/** Milliseconds after which rules that the kernel has refused are tried again, as the reason may be gone. */
const retryTime = 3_600_000;

/**
 * Orders from a rule file that others write: each change of the file is a revision, numbered by the agent itself, and each start
 * of the agent is a rollout of the file. Reports go nowhere.
 *
 * New rules are accepted only when two reads have found the same ones: a file that is still being written may be valid, and yet
 * lack half of its services.
 */
export class RuleFileOrders implements OrderSource {
  readonly #source: RuleSource;
  readonly #options: RuleFileOptions;
  /** The rules that {@link read} found last. */
  #found: { readonly bytes: Uint8Array; readonly rules: string; readonly sha256: string } | undefined;
  /** Id of the rollout of these rules: their SHA-256, the time at which it began, and what makes it unique. */
  #rollout: string | undefined;

  constructor(source: RuleSource, options: RuleFileOptions) {
    this.#source = source;
    this.#options = options;
  }

  async read(memory: Memory): Promise<Orders> {
    const { applied } = memory;
    try {
      const bytes = await this.#source.read();
      if (!this.#found || !equal(bytes, this.#found.bytes)) {
        const rules = Buffer.from(bytes).toString('utf8');
        const sha256 = sha256Of(rules);
        if (sha256 !== applied?.sha256 && !(await this.#settles(bytes))) {
          if (this.#options.stop.aborted) return { view: { kind: 'unreachable' }, overrides: undefined };
          throw new StoreError('unreachable', this.#source.name, 'it keeps changing while it is read');
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
      rollout: this.#rolloutOf(sha256, memory),
      revision: applied?.sha256 === sha256 ? before : before + 1,
      ...(drain !== undefined && { drain }),
    };
    const target = { content, modRevision: 0n };
    return { view: { kind: 'read', target }, overrides: [] };
  }

  /** Returns the id of the rollout of rules: that of this run, or the recent one in which the kernel refused them. */
  #rolloutOf(sha256: string, { refused }: Memory): string {
    const now = this.#options.now();
    const known = this.#rollout ?? refused?.rollout ?? '';
    const [rules, time = ''] = known.split(' ');
    const isOver = refused?.rollout === known && !(Math.abs(now - Date.parse(time)) < retryTime);
    if (rules !== sha256 || isOver)
      this.#rollout = `${sha256} ${new Date(now).toISOString()} ${randomUUID()}`;
    else this.#rollout = known;
    return this.#rollout;
  }

  /** Returns whether the rules are still the same after the settle time. */
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
    if (!this.#found) return { kind: 'unreachable', trouble: `${name}: it has not been read yet` };
    const { rules, sha256 } = this.#found;
    if (rules !== '' && !rules.endsWith('\n'))
      return refuse(
        'rules',
        `${name}: the last line does not end with a newline: the file may be incomplete`,
      );
    try {
      const desired = parsedRules(sha256, rules);
      if (desired.table.size === 0 && !this.#options.allowEmpty)
        return refuse('empty', `${name} has no services; allow this with --allow-empty`);
      return { kind: 'accepted', sha256, rules, desired };
    } catch (error) {
      if (!(error instanceof RulesError)) throw error;
      return refuse('rules', error.message.replace(/^/gm, `${name}: `));
    }
  }

  async report(): Promise<void> {}

  wait({ trouble }: Orders, milliseconds: number, end?: AbortSignal): Promise<void> {
    const last = performance.now() + milliseconds;
    return withAnySignal([this.#options.stop, end], async (signal) => {
      for (;;) {
        const left = last - performance.now();
        await sleep(Math.max(0, Math.min(left, this.#source.interval)), signal);
        if (signal.aborted || left <= this.#source.interval) return;
        if (await this.#hasNews(trouble !== undefined)) return;
      }
    });
  }

  /** Returns whether the file has changed, or can no longer be read. */
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
