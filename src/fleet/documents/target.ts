import { z } from 'zod';
import { documentKind, orderFields } from './document.ts';
import { ordinal } from './fields.ts';

const targetShape = orderFields({
  /** Id of the rollout that wrote the target. */
  rollout: z.string(),
  /** The revision to apply; absent while only a plan is asked for. */
  revision: ordinal.optional(),
  /** The revision for which the director is asked to report its plan. */
  preview: ordinal.optional(),
  /** Seconds for which the planned change would drain servers. */
  previewDrain: z.number().int().min(0).optional(),
  /** Seconds within which the revision must be confirmed, or the director rolls back by itself. */
  confirm: z.number().int().positive().optional(),
  /** Whether the revision has been confirmed. */
  confirmed: z.boolean().optional(),
  /** Seconds for which servers that the revision removes are drained. */
  drain: z.number().int().min(0).optional(),
});

/** Orders of a rollout to one director. */
export type Target = z.infer<typeof targetShape>;

/** The kind of document that holds a {@link Target}. */
export const targetDocument = documentKind(1, targetShape);
