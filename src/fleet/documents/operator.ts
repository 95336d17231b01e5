import { z } from 'zod';
import { documentKind, orderFields } from './document.ts';
import { moment, remark } from './fields.ts';

/** Schema of an operator's decision: who made it, when, and why. */
const decision = orderFields({ by: remark, since: moment, reason: remark });

const directorShape = orderFields({
  /** Directors of one group are never changed at the same time. */
  group: z.string().optional(),
  /** Present while the director is held: no rollout changes it. */
  held: decision.optional(),
});

/** Settings that operators made for a director. */
export type DirectorSettings = z.infer<typeof directorShape>;

/** The kind of document that holds {@link DirectorSettings}. */
export const directorDocument = documentKind(1, directorShape);

const overrideShape = decision.extend({
  /**
   * Present if the server is in service again, and directors may not know it yet that took it out of service by order of a store
   * that was lost.
   */
  ended: z.literal(true).optional(),
});

/**
 * An override: takes a server out of service on every director, whatever the revisions say. It is written once, so that its
 * modification revision tells its place among the others.
 */
export type Override = z.infer<typeof overrideShape>;

/** The kind of document that holds an {@link Override}. */
export const overrideDocument = documentKind(1, overrideShape);
