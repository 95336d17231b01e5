import { z } from 'zod';
import { documentKind } from './document.ts';
import { moment, ordinal, remark } from './fields.ts';

const seconds = z.number().int().min(0);

const options = z.strictObject({
  /** Seconds for which a wave is watched once all of it has converged. */
  bake: seconds,
  /** Seconds in which a director has to converge once it was told. */
  deadline: ordinal,
  /** Number of directors that may fail before the rollout halts. */
  maxFailures: z.number().int().min(0),
  onFailure: z.enum(['halt', 'rollback']),
  /** Fate of a director that is not heard of: `tell` sets its target and does not wait for it. */
  offline: z.enum(['wait', 'skip', 'fail', 'tell']),
  /** Seconds after which a director goes back by itself. */
  confirm: ordinal.optional(),
  /** Seconds for which removed servers are drained. */
  drain: seconds.optional(),
  /**
   * Whether a command judges each wave. The command itself is the driver's: whoever can write to the store must not choose what an
   * operator's machine runs.
   */
  check: z.literal(true).optional(),
});

/** How a rollout goes about it. */
export type RolloutOptions = z.infer<typeof options>;

const director = z.string();

const rolloutShape = z.strictObject({
  id: z.string(),
  revision: ordinal,
  /** The revision whose rules these are again, where this goes back. */
  restores: ordinal.optional(),
  options,
  /** Directors are asked for their plans, or are changed. */
  phase: z.enum(['preview', 'waves']),
  state: z.enum(['active', 'paused', 'halted', 'aborted', 'done']),
  /** Waves; each has batches, in which no two directors are of one group. */
  waves: z.array(z.array(z.array(director))),
  wave: z.number().int().min(0),
  /** The present batch of the wave. */
  turn: z.number().int().min(0),
  /** The number of directors, in the order of the waves, that this rollout has asked for their plans. */
  asked: z.number().int().min(0).optional(),
  /** When the present batch began. */
  since: moment,
  /** When all of the present wave had converged. */
  baking: moment.optional(),
  /** Whether the command that judges has passed the present wave. */
  checked: z.boolean().optional(),
  /** Other revisions that directors were told before; null where they were told none. */
  former: z.record(director, ordinal.nullable()),
  /** Findings that directors had before, with the number of services. */
  baseline: z.record(director, z.record(z.string(), z.number().int().min(0))),
  /** Reasons why directors failed. */
  failed: z.record(director, remark),
  /** Reasons why directors were left out. */
  skipped: z.record(director, remark),
  /** Who drives it. */
  holder: remark,
  started: moment,
  changed: moment,
  /** Why it is not active. */
  reason: remark.optional(),
});

/** A rollout: the only one of its fleet at a time. Who changes it writes against its modification revision. */
export type Rollout = z.infer<typeof rolloutShape>;

/** The kind of document that holds a {@link Rollout}. */
export const rolloutDocument = documentKind(1, rolloutShape);
