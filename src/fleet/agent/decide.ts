import type { Stored } from '../documents/entries.ts';
import type { Refusal } from '../documents/report.ts';
import type { Renewal, Target } from '../documents/target.ts';
import { holdAt, holdOverridden, type StoreIdentity, withoutHeld } from './held-servers.ts';
import type { Memory } from './memory.ts';

/** Result of reading the store; only `read` holds orders that can be obeyed. */
export type StoreView =
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'unreadable'; readonly reason: string }
  | {
      readonly kind: 'read';
      /** Absent for a source without an identity, such as a rule file: it is whatever the command line names. */
      readonly store?: StoreIdentity | undefined;
      readonly target: Stored<Target> | undefined;
      /** Read only while a revision must be confirmed. */
      readonly renewal?: Renewal | undefined;
    };

/** A target whose revision is to be applied. */
export interface Order extends Target {
  readonly revision: number;
}

/** Decision of an agent in one turn. */
export type Decision =
  /** Leave the table as it is; `refusal` says why if another one is wanted. */
  | { readonly act: 'keep'; readonly refusal?: Refusal }
  /** Apply the target's revision to the table. */
  | { readonly act: 'apply'; readonly order: Order }
  /** Undo an interrupted change that is no longer wanted: return to the rules before it. */
  | { readonly act: 'restore'; readonly refusal?: Refusal }
  /** Roll back a revision that was not confirmed in time. */
  | { readonly act: 'roll-back' };

/**
 * Decides what an agent does. If the store cannot be reached or understood, the table stays as it is, unless the time to confirm
 * a revision is over: the director has accepted that limit together with the revision.
 */
export function decide(memory: Memory, view: StoreView, now: number): Decision {
  const decision = decideOrder(memory, view);
  const isNewOrder = decision.act === 'apply' && decision.order.rollout !== memory.confirm?.rollout;
  if (isOverdue(memory, view, now) && !isNewOrder) return { act: 'roll-back' };
  const isUnfinished = memory.unfinished !== undefined && view.kind === 'read';
  return decision.act === 'keep' && isUnfinished ? { ...decision, act: 'restore' } : decision;
}

/** Decides what an agent does, apart from overdue confirmations and unfinished changes. */
function decideOrder(memory: Memory, view: StoreView): Exclude<Decision, { act: 'roll-back' | 'restore' }> {
  if (view.kind === 'unreachable') return { act: 'keep' };
  if (memory.distrust) return { act: 'keep', refusal: memory.distrust };
  if (view.kind === 'unreadable')
    return { act: 'keep', refusal: { code: 'unreadable', reason: view.reason } };
  const target = view.target?.content;
  const { applied, refused } = memory;
  if (target?.revision === undefined) return { act: 'keep' };
  const order: Order = { ...target, revision: target.revision };
  const { revision, rollout } = order;
  if (refused?.revision === revision && refused.rollout === rollout) {
    const { code, reason } = refused;
    return { act: 'keep', refusal: { code, reason, revision } };
  }
  if (isOfAcceptedStore(memory, rollout)) return { act: 'apply', order };
  if (applied?.revision === revision) {
    return memory.rollout === rollout && !memory.unfinished ? { act: 'keep' } : { act: 'apply', order };
  }
  const older = refusedAsOlder(memory, revision);
  // In a store that was just accepted, a target with an older revision is to be expected.
  if (older) return memory.accepted ? { act: 'keep' } : { act: 'keep', refusal: older };
  return { act: 'apply', order };
}

/** Whether a rollout has begun since an operator accepted the store: its revisions are not comparable with earlier ones. */
export function isOfAcceptedStore({ accepted }: Memory, rollout: string | undefined): boolean {
  return accepted !== undefined && rollout !== accepted.rollout;
}

/** Returns a refusal if a revision is older than the applied one. */
export function refusedAsOlder({ applied }: Memory, revision: number): Refusal | undefined {
  if (!applied || revision >= applied.revision) return undefined;
  const reason = `revision ${revision} is older than the current ${applied.revision}; to go back, publish its rules again (ipvsadm-fleet rollback --to ${revision})`;
  return { code: 'older', reason, revision };
}

/** Whether the applied revision was not confirmed in time. */
export function isOverdue(memory: Memory, view: StoreView, now: number): boolean {
  const { confirm } = memory;
  return confirm !== undefined && now >= Date.parse(confirm.by) && !isConfirmed(memory, view);
}

/** Whether the applied revision has been confirmed, by the rollout that applied it or a later one of the same revision. */
export function isConfirmed({ applied, distrust }: Memory, view: StoreView): boolean {
  if (view.kind !== 'read' || distrust) return false;
  const target = view.target?.content;
  return target !== undefined && target.revision === applied?.revision && target.confirmed === true;
}

/** Returns a memory whose time for being confirmed begins anew, if the driver of the rollout has renewed it since the last read. */
export function withRenewal(memory: Memory, view: StoreView, now: number): Memory {
  const { confirm, distrust } = memory;
  const renewal = view.kind === 'read' && !distrust ? view.renewal : undefined;
  if (!confirm || !renewal) return memory;
  const isOwn = renewal.rollout === confirm.rollout && renewal.wave === confirm.wave;
  if (!isOwn || renewal.time === confirm.renewed) return memory;
  const by = new Date(now + confirm.seconds * 1000).toISOString();
  return { ...memory, confirm: { ...confirm, by, renewed: renewal.time } };
}

/** Returns a memory of the store that was read, which records distrust if the store is another or an older one than before. */
export function rememberStore(memory: Memory, view: StoreView): Memory {
  if (view.kind !== 'read') return memory;
  if (!view.store) return withoutHeld(forgetStore(memory));
  if (memory.distrust) return memory;
  const { cluster, revision } = view.store;
  const { store } = memory;
  if (store && store.cluster !== cluster) {
    return {
      ...memory,
      distrust: {
        code: 'other-store',
        reason: `the store is cluster ${cluster}, not ${store.cluster} as before; accept it with --accept-store`,
      },
    };
  }
  if (store && revision < BigInt(store.revision)) {
    const reason = `the store went back from revision ${store.revision} to ${revision}, as after restoring a backup; accept it with --accept-store`;
    return { ...memory, distrust: { code: 'store-went-back', reason } };
  }
  const seen = { ...holdAt(memory, view.store), store: { cluster, revision: String(revision) } };
  // First read of a store that was accepted.
  return memory.accepted && !store ? { ...seen, accepted: { rollout: view.target?.content.rollout } } : seen;
}

/** Forgets the identity of the store: the next one that is read will be obeyed. */
export function acceptStore(memory: Memory): Memory {
  return { ...forgetStore(holdOverridden(memory)), accepted: {} };
}

function forgetStore({ store: _, distrust: __, ...memory }: Memory): Memory {
  return memory;
}
