import { z } from 'zod';
import { documentKind, orderFields, reportFields } from './document.ts';
import { directorName, moment, ordinal, seconds, sentence, shortSentence } from './fields.ts';

/** Schema of a time in seconds that is longer than 0. */
const duration = seconds.min(1);

const options = orderFields({
  /** Bake time: seconds for which a wave is watched after all of it has converged. */
  bake: seconds,
  /** Seconds that a director has to converge after its target is set. */
  deadline: duration,
  /** Number of directors that may fail before the rollout halts. */
  maxFailures: z.number().int().min(0),
  onFailure: z.enum(['halt', 'rollback']),
  /** Treatment of offline directors; `set-target` sets the target and does not wait for them. */
  offline: z.enum(['wait', 'skip', 'fail', 'set-target']),
  /** Seconds after which a director rolls back by itself unless the revision is confirmed. */
  confirm: duration.optional(),
  /** Seconds for which removed servers are drained. */
  drain: seconds.optional(),
  /**
   * Whether a check command judges each wave. The command itself comes from the driver: write access to the store must not allow
   * anybody to run commands on an operator's machine.
   */
  check: z.literal(true).optional(),
});

/** Options of a rollout. */
export type RolloutOptions = z.infer<typeof options>;

/** States of a rollout: only the last two are its end. */
export const rolloutStates = ['active', 'paused', 'halted', 'aborted', 'done'] as const;

const rolloutShape = orderFields({
  id: z.string(),
  revision: ordinal,
  /** For a rollback: the revision whose rules are restored. */
  restores: ordinal.optional(),
  options,
  /** `preview` asks directors for their plans, `waves` changes them. */
  phase: z.enum(['preview', 'waves']),
  state: z.enum(rolloutStates),
  /** Waves of batches of directors; no batch has two directors of one group. */
  waves: z.array(z.array(z.array(directorName))),
  wave: z.number().int().min(0),
  /** Index of the current batch in the wave. */
  batch: z.number().int().min(0),
  /** Number of directors, counted in wave order, that this rollout has asked for a plan. */
  asked: z.number().int().min(0).optional(),
  /** Start of the current batch's deadline: set again when targets are written, and on resume. */
  batchSince: moment,
  /** Start of the current wave's bake time: when all of it had converged. */
  bakingSince: moment.optional(),
  /** Whether the check command has passed the current wave. */
  checked: z.boolean().optional(),
  /** Target revision of each director before this rollout; null if it had none. */
  former: z.record(directorName, ordinal.nullable()),
  /** Findings of each director before this rollout, with the number of affected services. */
  baseline: z.record(directorName, z.record(z.string(), z.number().int().min(0))),
  /** Reasons why directors failed, by director. */
  failed: z.record(directorName, shortSentence),
  /** Number of failures that an operator has accepted by resuming: the rollout halts at the next one. */
  accepted: z.number().int().min(0).optional(),
  /** Reasons why directors were left out, by director. */
  skipped: z.record(directorName, shortSentence),
  /** Name of the driver. */
  holder: sentence,
  started: moment,
  changed: moment,
  /** Reason for the state; for a rollback, also the revision that it rolls back from. */
  reason: sentence.optional(),
});

/** A rollout; a fleet has only one at a time. Every change of it compares its modification revision. */
export type Rollout = z.infer<typeof rolloutShape>;

/** The kind of document that holds a {@link Rollout}. */
export const rolloutDocument = documentKind(1, rolloutShape);

const driverShape = reportFields({
  /** Id of the rollout that it drives, and its name in that. */
  rollout: z.string(),
  holder: sentence,
  since: moment,
});

/** A driver of a rollout that runs now. */
export type RunningDriver = z.infer<typeof driverShape>;

/** The kind of document that shows that a driver runs: it expires with the driver's lease. */
export const driverDocument = documentKind(1, driverShape);
