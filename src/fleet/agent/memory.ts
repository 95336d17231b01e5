import { z } from 'zod';
import { documentKind, orderFields } from '../documents/document.ts';
import { moment, ordinal } from '../documents/fields.ts';
import { refusalCodes } from '../documents/report.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Schema of a revision that was applied to the table. */
const applied = orderFields({
  revision: ordinal,
  sha256,
  since: moment,
});

const refused = orderFields({
  rollout: z.string(),
  revision: ordinal,
  code: z.enum(refusalCodes),
  reason: z.string(),
});

const unfinished = orderFields({
  /** SHA-256 of the rules that were to be applied. */
  sha256,
  since: moment,
  /** Original weights of drained servers, by `destinationKey`; only with `keepWeights`, as rules would not restore them. */
  weights: z.record(z.string(), z.number().int().positive()),
});

/** A change that may have been interrupted. */
export type Unfinished = z.infer<typeof unfinished>;

/** Schema of a revision of the store, in decimal digits. */
const storeRevision = z.string().regex(/^[0-9]+$/);

const store = orderFields({ cluster: z.string(), revision: storeRevision });

const memoryShape = orderFields({
  /** Identity of the store that is obeyed, and its highest revision seen so far. */
  store: store.optional(),
  /** Present if the store is another or an older one than before: it is not obeyed until an operator accepts it. */
  distrust: orderFields({ code: z.enum(['other-store', 'store-went-back']), reason: z.string() }).optional(),
  /**
   * Present after an operator has accepted another store, whose revision numbers are unrelated to the applied one. `rollout` is
   * that of the target found in it then, which is not followed back to an older revision.
   */
  accepted: orderFields({ rollout: z.string().optional() }).optional(),
  applied: applied.optional(),
  /** Id of the rollout of the applied revision; a later rollout of the same revision applies it again. */
  rollout: z.string().optional(),
  /** Rules before the applied revision, to roll back to; without a number if they were not a revision. */
  previous: applied.extend({ revision: ordinal.optional() }).optional(),
  /** Present while the applied revision is not confirmed yet. */
  confirm: orderFields({
    rollout: z.string(),
    wave: z.number().int().min(0).optional(),
    by: moment,
    seconds: ordinal,
    /** Time of the last renewal that was followed, as the renewal says it. */
    renewed: moment.optional(),
  }).optional(),
  /** A revision that is not tried again in the same rollout: the kernel refused it, or nobody confirmed it. */
  refused: refused.optional(),
  /** Present if a change was begun and its end not recorded: the table may be half changed. */
  unfinished: unfinished.optional(),
  /** Servers that the agent has taken out of service by setting their weight to 0, the one that takes precedence first. */
  overridden: z.array(z.string()),
  /** Servers that stay out of service though the accepted store does not say so, as it may have lost the order. */
  held: z
    .strictObject({
      servers: z.array(z.string()),
      /** The store before, which may turn out to be the same; absent if it was another for certain. */
      before: store.optional(),
      /** Revision of the accepted store when it was first read: what was ordered later is news. */
      revision: storeRevision.optional(),
    })
    .optional(),
  /** Boot id of the kernel for which the table was last restored (random(4), boot_id). */
  boot: z.string(),
});

/** Everything that an agent must remember across its own restart, or the machine's. */
export type Memory = z.infer<typeof memoryShape>;

/** The kind of document that holds a {@link Memory}. */
export const memoryDocument = documentKind(1, memoryShape);

/**
 * Returns a memory whose confirmation deadline is moved by `step`, the milliseconds by which the clock was set forward. It is at
 * most the full confirmation time after `now`, even if the clock was set back while no agent ran.
 */
export function withClockSet(memory: Memory, step: number, now: number): Memory {
  const { confirm } = memory;
  if (!confirm) return memory;
  const by = Math.min(Date.parse(confirm.by) + step, now + confirm.seconds * 1000);
  return { ...memory, confirm: { ...confirm, by: new Date(by).toISOString() } };
}

/**
 * Returns a memory whose unfinished change has begun later by `step`, the milliseconds by which the clock was set forward: servers
 * that drain would be removed too early. If the clock is set back, they drain for the whole time again.
 */
export function withDrainTimeKept(memory: Memory, step: number): Memory {
  const { unfinished } = memory;
  if (!unfinished || step <= 0) return memory;
  const since = new Date(Date.parse(unfinished.since) + step).toISOString();
  return { ...memory, unfinished: { ...unfinished, since } };
}

/** Returns the SHA-256 of all rules that a memory names, and that are saved with it. */
export function rulesNamed({ applied, previous, unfinished }: Memory): Set<string> {
  return new Set([applied, previous, unfinished].flatMap((one) => (one ? [one.sha256] : [])));
}

/** Returns the memory of an agent that runs for the first time. */
export function newMemory(boot: string): Memory {
  return { overridden: [], boot };
}
