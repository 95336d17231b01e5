import { z } from 'zod';
import { documentKind } from '../documents/document.ts';
import { moment, ordinal } from '../documents/fields.ts';
import { refusalCodes } from '../documents/report.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A revision that a table was made equal to. */
const applied = z.strictObject({
  revision: ordinal,
  sha256,
  since: moment,
});

const refused = z.strictObject({
  rollout: z.string(),
  revision: ordinal,
  code: z.enum(refusalCodes),
  reason: z.string(),
});

const unfinished = z.strictObject({
  /** The rules that were to be. */
  sha256,
  since: moment,
  /** The weights of servers that are drained, by `destinationKey`, where weights are not in the hands of rules. */
  weights: z.record(z.string(), z.number().int().positive()),
});

/** A change that may have been broken off. */
export type Unfinished = z.infer<typeof unfinished>;

const memoryShape = z.strictObject({
  /** Identity of the store that is obeyed, and the highest revision of it that was seen, in decimal digits. */
  store: z.strictObject({ cluster: z.string(), revision: z.string().regex(/^[0-9]+$/) }).optional(),
  /** The store is another one, or older, than it was: it is not obeyed until an operator says so. */
  distrust: z
    .strictObject({ code: z.enum(['other-store', 'store-went-back']), reason: z.string() })
    .optional(),
  /**
   * An operator has accepted another store: the number of the revision that is applied is not one of its. `rollout` is that of the
   * target which stood in it then, and which is not followed back to an older revision.
   */
  accepted: z.strictObject({ rollout: z.string().optional() }).optional(),
  applied: applied.optional(),
  /** The rollout that brought it: a later one of the same revision makes the table equal to it again. */
  rollout: z.string().optional(),
  /** The rules before that, to go back to; without a number where they were no revision. */
  previous: applied.extend({ revision: ordinal.optional() }).optional(),
  /** The revision that is applied is not confirmed yet. */
  confirm: z.strictObject({ rollout: z.string(), by: moment, seconds: ordinal }).optional(),
  /** A revision that is not tried again in that rollout: the kernel refused it, or nobody confirmed it. */
  refused: refused.optional(),
  /** A change was begun whose end was not seen: the table may be in between. */
  unfinished: unfinished.optional(),
  /** Servers whose weight the agent has made 0. */
  overridden: z.array(z.string()),
  /** Identity of the running kernel's start (random(4), boot_id). */
  boot: z.string(),
});

/** All that an agent has to know after its end, or the machine's. */
export type Memory = z.infer<typeof memoryShape>;

/** The kind of document that holds a {@link Memory}. */
export const memoryDocument = documentKind(1, memoryShape);

/**
 * Returns a memory whose time for confirming ends so many milliseconds later, as the clock was set forward by them. It never
 * ends later than the whole time from now on: a clock that was set back while no agent ran must not make it longer.
 */
export function withClockSet(memory: Memory, step: number, now: number): Memory {
  const { confirm } = memory;
  if (!confirm) return memory;
  const by = Math.min(Date.parse(confirm.by) + step, now + confirm.seconds * 1000);
  return { ...memory, confirm: { ...confirm, by: new Date(by).toISOString() } };
}

/** The SHA-256 of all rules that a memory names, and that are kept with it. */
export function rulesNamed({ applied, previous, unfinished }: Memory): Set<string> {
  return new Set([applied, previous, unfinished].flatMap((one) => (one ? [one.sha256] : [])));
}

/** The memory of an agent that runs for the first time. */
export function newMemory(boot: string): Memory {
  return { overridden: [], boot };
}
