import { z } from 'zod';
import { documentKind } from './document.ts';
import { ordinal } from './fields.ts';

const targetShape = z.strictObject({
  /** The rollout that says so. */
  rollout: z.string(),
  /** The revision that the director shall have; absent while only a plan is asked for. */
  revision: ordinal.optional(),
  /** The revision for which the director shall report its plan. */
  preview: ordinal.optional(),
  /** Seconds for which servers would be drained then. */
  previewDrain: z.number().int().min(0).optional(),
  /** Seconds in which the revision has to be confirmed, or the director goes back by itself. */
  confirm: z.number().int().positive().optional(),
  /** Whether it has been. */
  confirmed: z.boolean().optional(),
  /** Seconds for which servers that the revision removes are drained. */
  drain: z.number().int().min(0).optional(),
});

/** Orders of a rollout to one director. */
export type Target = z.infer<typeof targetShape>;

/** The kind of document that holds a {@link Target}. */
export const targetDocument = documentKind(1, targetShape);
