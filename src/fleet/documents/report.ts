import { z } from 'zod';
import { documentKind } from './document.ts';
import { moment, ordinal } from './fields.ts';

/** Reasons for which an agent leaves the table as it is. */
export const refusalCodes = [
  'unreadable',
  'checksum',
  'signature',
  'rules',
  'empty',
  'guard',
  'kernel',
  'older',
  'other-store',
  'store-went-back',
  'missing',
  'locked',
  'not-confirmed',
] as const;

const refusal = z.strictObject({
  code: z.enum(refusalCodes),
  /** A sentence. */
  reason: z.string(),
  revision: ordinal.optional(),
});

/** A refusal of an agent; the table is what it was. */
export type Refusal = z.infer<typeof refusal>;

const finding = z.strictObject({
  problem: z.string(),
  /** Number of services that it affects. */
  services: z.number().int().min(0),
});

const plan = z.strictObject({
  revision: ordinal,
  /** Number of commands. */
  commands: z.number().int().min(0),
  /** One line, such as «1 service changed, 2 servers removed». */
  summary: z.string(),
  /** The first commands, as ipvsadm's. */
  excerpt: z.array(z.string()),
  /** SHA-256 of all of them: directors with equal plans have equal ones. */
  digest: z.string(),
  refusal: refusal.optional(),
});

/** Changes that a director would make for a revision. */
export type PlanReport = z.infer<typeof plan>;

const override = z.strictObject({
  server: z.string(),
  /** Connections that the server still has. */
  connections: z.number().int().min(0),
  /** A sentence, where the server could not be taken out of service. */
  refused: z.string().optional(),
});

const reportShape = z.strictObject({
  /** Modification revision of the target that this answers. */
  observed: z.number().int().min(0),
  /** The revision that the table was made equal to; absent where none was. */
  applied: z.strictObject({ revision: ordinal, sha256: z.string(), since: moment }).optional(),
  /** Commands that would make the table equal to that revision, with the overrides: its drift. */
  drift: z.strictObject({ commands: z.number().int().min(0), excerpt: z.array(z.string()) }),
  /** The revision that the table is being changed to, where servers drain for it. */
  changing: ordinal.optional(),
  refusal: refusal.optional(),
  plan: plan.optional(),
  overrides: z.array(override),
  findings: z.array(finding),
  /** Whether only its backup sync daemon runs, its master one, both or none. */
  sync: z.enum(['none', 'master', 'backup', 'both']),
  version: z.string(),
  time: moment,
});

/** Report of a director about itself. */
export type Report = z.infer<typeof reportShape>;

/** The kind of document that holds a {@link Report}. */
export const reportDocument = documentKind(1, reportShape);

const aliveShape = z.strictObject({ since: moment });

/** The kind of document that says that an agent runs: it goes with the agent's lease. */
export const aliveDocument = documentKind(1, aliveShape);
