import { z } from 'zod';
import { documentKind, reportFields } from './document.ts';
import { first, moment, ordinal, remark, sentence } from './fields.ts';

/** Codes of the reasons why an agent leaves the table as it is. */
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
  /** A reason that only a newer version than the reader's knows. */
  'other',
] as const;

const refusal = reportFields({
  code: z.enum(refusalCodes).catch('other'),
  /** Explanation for a person: the first lines, where each line of a large rule file has one. */
  reason: sentence,
  revision: ordinal.optional(),
});

/** A refusal by an agent, which has left the table unchanged. */
export type Refusal = z.infer<typeof refusal>;

const finding = reportFields({
  problem: sentence,
  /** Number of services affected by the problem. */
  services: z.number().int().min(0),
});

/** Maximum number of commands of a plan in a report, which has to stay a small document. */
export const excerptLength = 50;

/** The first of the commands of a plan, in ipvsadm syntax. */
const excerpt = first(excerptLength, sentence);

/** Maximum number of findings in a report: a rollout has those of all directors. */
const maxFindings = 200;

const plan = reportFields({
  revision: ordinal,
  /** Number of commands. */
  commands: z.number().int().min(0),
  /** One line, such as «1 service changed, 2 servers removed». */
  summary: z.string(),
  excerpt,
  /** SHA-256 of all commands: equal for directors with equal plans. */
  digest: z.string(),
  refusal: refusal.optional(),
});

/** Changes that a director would make to apply a revision. */
export type PlanReport = z.infer<typeof plan>;

const override = reportFields({
  server: z.string(),
  /** Modification revision of the override; absent if the server is out of service though the store that is obeyed does not say so. */
  observed: z.number().int().positive().optional(),
  /** Number of servers in the table that the override covers, counted in each service. */
  servers: z.number().int().min(0),
  /** Connections that the server still has. */
  connections: z.number().int().min(0),
  /** Reason why the server could not be taken out of service. */
  refused: sentence.optional(),
});

/** A director's answer to an override. */
export type OverrideReport = z.infer<typeof override>;

const reportShape = reportFields({
  /** Modification revision of the target that the report answers. */
  observed: z.number().int().min(0),
  /** The revision last applied to the table; absent if none was. */
  applied: reportFields({ revision: ordinal, sha256: z.string(), since: moment }).optional(),
  /** Drift: commands that would bring the table back to the applied revision with its overrides. */
  drift: reportFields({ commands: z.number().int().min(0), excerpt }),
  /** The revision that is being applied, while servers drain for it. */
  changing: ordinal.optional(),
  refusal: refusal.optional(),
  plan: plan.optional(),
  /** Overrides that were carried out or refused; one that waits for the table's lock is left out. */
  overrides: z.array(override),
  findings: first(maxFindings, finding),
  /** Sync daemons that run on the director. */
  sync: z.enum(['none', 'master', 'backup', 'both']),
  version: z.string(),
  time: moment,
});

/** A director's report about itself. */
export type Report = z.infer<typeof reportShape>;

/** The kind of document that holds a {@link Report}. */
export const reportDocument = documentKind(1, reportShape);

const aliveShape = reportFields({
  since: moment,
  /** Identity of the machine, as it runs since its start, and of its network namespace: see `machineHere`. */
  machine: z.string().optional(),
  /** Name of that machine. */
  host: remark.optional(),
});

/** The kind of document that shows that an agent runs: it expires with the agent's lease. */
export const aliveDocument = documentKind(1, aliveShape);
