import { z } from 'zod';
import { documentKind, orderFields } from './document.ts';
import { moment, ordinal, remark } from './fields.ts';

/** Maximum size of a revision's rules in bytes: ten times what 55,000 services with their servers need. */
export const longestRules = 256 * 1024 * 1024;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const revisionShape = orderFields({
  number: ordinal,
  /** Number of the revision before; absent for the first one. */
  parent: ordinal.optional(),
  author: remark,
  time: moment,
  message: remark,
  /** SHA-256 of the rules, in hexadecimal. */
  sha256,
  /** Length of the rules, in bytes. */
  bytes: z.number().int().min(0).max(longestRules),
  /** SHA-256 of the gzipped rules, used in the keys of their parts. */
  packed: sha256,
  /** Number of parts of the gzipped rules. */
  parts: z.number().int().min(1).max(longestRules),
  services: z.number().int().min(0),
  servers: z.number().int().min(0),
  /** Number of the revision whose rules a rollback has published again. */
  restores: ordinal.optional(),
  /** Present if the table is meant to have no services. */
  allowEmpty: z.literal(true).optional(),
  /** Ed25519 signature of the statement in revisions/signature.ts, in base64. */
  signature: z.string().optional(),
});

/** Metadata of a published rule set, which never changes. */
export type Revision = z.infer<typeof revisionShape>;

/** The kind of document that holds a {@link Revision}. */
export const revisionDocument = documentKind(1, revisionShape);

const headShape = orderFields({ revision: ordinal });

/** The kind of document that holds the number of the newest revision. */
export const headDocument = documentKind(1, headShape);
