import { z } from 'zod';
import { documentKind, orderFields } from './document.ts';
import { moment, ordinal, seconds } from './fields.ts';

const targetShape = orderFields({
  /** Id of the rollout that wrote the target. */
  rollout: z.string(),
  /** The revision to apply; absent while only a plan is asked for. */
  revision: ordinal.optional(),
  /** The revision for which the director is asked to report its plan. */
  preview: ordinal.optional(),
  /** Seconds for which the planned change would drain servers. */
  previewDrain: seconds.optional(),
  /** Seconds within which the revision must be confirmed, or the time renewed, or the director rolls back by itself. */
  confirm: seconds.min(1).optional(),
  /** Index of the director's wave, whose time is renewed as a whole. */
  wave: z.number().int().min(0).optional(),
  /** Whether the revision has been confirmed. */
  confirmed: z.boolean().optional(),
  /** Seconds for which servers that the revision removes are drained. */
  drain: seconds.optional(),
});

/** Orders of a rollout to one director. */
export type Target = z.infer<typeof targetShape>;

/** The kind of document that holds a {@link Target}. */
export const targetDocument = documentKind(1, targetShape);

const renewalShape = orderFields({
  /** Id of the rollout. */
  rollout: z.string(),
  /** Index of the wave that is being judged. */
  wave: z.number().int().min(0),
  /** Time by the driver's clock, which tells this renewal from others. */
  time: moment,
});

/**
 * Begins the time anew in which the directors of a wave must be confirmed. It is a document of its own, as a changed target would
 * have to be answered by every director.
 */
export type Renewal = z.infer<typeof renewalShape>;

/** The kind of document that holds a {@link Renewal}. */
export const renewalDocument = documentKind(1, renewalShape);

/**
 * Returns the milliseconds between two renewals, and between two looks for one, where directors must be confirmed within
 * `seconds`. A renewal can be missed, and the next one can be late.
 */
export function renewalInterval(seconds: number): number {
  return (seconds * 1000) / 3;
}
