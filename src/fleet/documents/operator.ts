import { z } from 'zod';
import { documentKind } from './document.ts';
import { moment, remark } from './fields.ts';

/** Who has decided something, since when it is so, and why. */
const decision = z.strictObject({ by: remark, since: moment, reason: remark });

const directorShape = z.strictObject({
  /** Directors of one group are never changed at the same time. */
  group: z.string().optional(),
  /** No rollout changes it. */
  held: decision.optional(),
});

/** Facts that operators have set about a director. */
export type DirectorSettings = z.infer<typeof directorShape>;

/** The kind of document that holds {@link DirectorSettings}. */
export const directorDocument = documentKind(1, directorShape);

/** A server that shall get no new connections on any director, whatever revisions say. */
export type Override = z.infer<typeof decision>;

/** The kind of document that holds an {@link Override}. */
export const overrideDocument = documentKind(1, decision);
