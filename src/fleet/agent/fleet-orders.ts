import type { KeyObject } from 'node:crypto';
import { withAnySignal } from '../../rollout/any-signal.ts';
import { sleep } from '../../rollout/sleep.ts';
import { DocumentError } from '../documents/document.ts';
import { documentAt, documentsBelow, putDocument, readableBelow, type Stored } from '../documents/entries.ts';
import type { Keys } from '../documents/keys.ts';
import { overrideDocument } from '../documents/operator.ts';
import { type Report, reportDocument } from '../documents/report.ts';
import { type Renewal, renewalDocument, type Target, targetDocument } from '../documents/target.ts';
import { serverOrders } from '../overrides/server.ts';
import { ContentsError } from '../revisions/contents.ts';
import { NoRevisionError, readContents, readDescription } from '../revisions/read.ts';
import { StoreError } from '../store/error.ts';
import type { Store } from '../store/store.ts';
import { checkRules, checkSignature } from './check.ts';
import type { Machine } from './machine.ts';
import type { Memory } from './memory.ts';
import type { Fetched, OrderSource, Orders } from './orders.ts';
import { Presence } from './presence.ts';

/** Membership of an agent in a fleet. */
export interface Membership {
  readonly store: Store;
  readonly keys: Keys;
  readonly fleet: string;
  /** Name of the agent's director. */
  readonly name: string;
  readonly machine: Machine;
  /** Trusted keys, one of which must have signed a revision; absent if no signature is required. */
  readonly trusted?: readonly KeyObject[] | undefined;
  /** Returns milliseconds since 1970. */
  readonly now: () => number;
  /** Tells the agent to end. */
  readonly stop: AbortSignal;
}

/** Milliseconds to wait after a watch has failed. */
const watchRetry = 1000;
/** Milliseconds between two reads of an unreadable document: nothing changes until it is rewritten. */
const unreadableTime = 10_000;
/** Longest time in milliseconds until an agent looks again whether its name is still another machine's. */
const rivalTime = 10_000;

/** Orders from the rollouts of a fleet: the target of this director, and the overrides. */
export class FleetOrders implements OrderSource {
  readonly #membership: Membership;
  readonly #presence: Presence;
  #hasRival = false;
  /** Modification revision of the last report. */
  #reported: bigint | undefined;

  constructor(membership: Membership) {
    this.#membership = membership;
    this.#presence = new Presence(membership);
  }

  async read({ confirm }: Memory): Promise<Orders> {
    const { store, keys, name } = this.#membership;
    try {
      const rival = await this.#presence.rival();
      this.#hasRival = rival !== undefined;
      // As if there were no store: the table stays, and nothing is reported.
      if (rival !== undefined) return { view: { kind: 'unreachable' }, overrides: undefined, trouble: rival };
      const targets = await store.read(keys.target(name));
      const drained = await store.read(keys.overrides);
      const { cluster, revision } = targets;
      const target: Stored<Target> | undefined = documentAt(targets, keys.target(name), targetDocument);
      const overrides = serverOrders(documentsBelow(drained, keys.overrides, overrideDocument));
      const renewal = confirm && (await this.#readRenewal());
      const isReportLost = await this.#isReportLost();
      // If the store was replaced between the reads, the next turn detects it.
      return {
        view: { kind: 'read', store: { cluster, revision }, target, renewal },
        overrides,
        isReportLost,
      };
    } catch (error) {
      if (error instanceof DocumentError) {
        return { view: { kind: 'unreadable', reason: error.message }, overrides: undefined };
      }
      if (!(error instanceof StoreError)) throw error;
      return { view: { kind: 'unreachable' }, overrides: undefined, trouble: error.message };
    }
  }

  /** Whether the store has another report than the last one, or none, as somebody has removed it or restored a backup. */
  async #isReportLost(): Promise<boolean> {
    if (this.#reported === undefined) return false;
    const { store, keys, name } = this.#membership;
    const { entries } = await store.read(keys.report(name));
    return entries[0]?.modRevision !== this.#reported;
  }

  /** Reads the last renewal. An unreadable one is none: the target may be confirmed all the same. */
  async #readRenewal(): Promise<Renewal | undefined> {
    const { store, keys } = this.#membership;
    return readableBelow(await store.read(keys.renewal), keys.renewal, renewalDocument).readable.get('')
      ?.content;
  }

  async fetch(number: number): Promise<Fetched> {
    const { store, keys, fleet, trusted } = this.#membership;
    try {
      const revision = await readDescription(store, keys, number);
      // Before the rules are read: anybody can make them large who can write to the store.
      const unsigned = checkSignature(revision, { fleet, keys: trusted });
      if (unsigned) return { kind: 'refused', refusal: unsigned };
      const rules = await readContents(store, keys, revision);
      const checked = checkRules(revision, rules);
      if ('refusal' in checked) return { kind: 'refused', refusal: checked.refusal };
      return { kind: 'accepted', sha256: revision.sha256, rules, desired: checked.desired };
    } catch (error) {
      if (error instanceof StoreError) return { kind: 'unreachable', trouble: error.message };
      const code =
        error instanceof ContentsError
          ? 'checksum'
          : error instanceof NoRevisionError
            ? 'missing'
            : error instanceof DocumentError
              ? 'unreadable'
              : undefined;
      if (!code || !(error instanceof Error)) throw error;
      return { kind: 'refused', refusal: { code, reason: error.message, revision: number } };
    }
  }

  async report(report: Report): Promise<void> {
    const { store, keys, name } = this.#membership;
    try {
      const puts = [putDocument(keys.report(name), reportDocument, report)];
      this.#reported = (await store.commit({ compares: [], puts })).revision;
    } catch (error) {
      const isRefused =
        error instanceof StoreError && error.code !== 'unreachable' && error.code !== 'outcome-unknown';
      if (isRefused) await this.#presence.setHeard(false);
      throw error;
    }
    await this.#presence.setHeard(true);
  }

  /** Waits for a change with watches of the store, which are only hints. */
  async wait({ view }: Orders, milliseconds: number, end?: AbortSignal): Promise<void> {
    const { store, keys, name, stop } = this.#membership;
    const over = new AbortController();
    const from = (view.kind === 'read' && view.store ? view.store.revision : 0n) + 1n;
    await withAnySignal([stop, end, over.signal], async (signal) => {
      const watch = (path: string) =>
        store.watch(path, from, signal, milliseconds).catch(async (error: unknown) => {
          if (!(error instanceof StoreError)) throw error;
          await sleep(Math.min(watchRetry, milliseconds), signal);
        });
      try {
        if (view.kind === 'unreachable')
          await sleep(this.#hasRival ? Math.min(rivalTime, milliseconds) : milliseconds, signal);
        // A watch from the first revision on would end at once.
        else if (view.kind === 'unreadable') await sleep(Math.min(unreadableTime, milliseconds), signal);
        else
          await Promise.race([watch(keys.target(name)), watch(keys.overrides), sleep(milliseconds, signal)]);
      } finally {
        over.abort();
      }
    });
  }

  begin(isWell: () => boolean): Promise<void> {
    return this.#presence.begin(isWell);
  }

  end(): Promise<void> {
    return this.#presence.end();
  }
}
