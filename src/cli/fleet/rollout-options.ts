import type { RolloutOptions } from '../../fleet/documents/rollout.ts';
import { FleetError } from '../../fleet/fleet-error.ts';
import { refuseShortConfirm } from '../../fleet/rollout/start.ts';

/** Values of `--on-failure` and `--offline`. */
export const failureWords = ['halt', 'rollback'] as const;
export const offlineWords = ['wait', 'skip', 'fail'] as const;

/** Options of the command `rollout`, as parsed by commander. */
export interface RolloutWords {
  readonly canary: number;
  readonly waves: string;
  readonly bake: number;
  readonly deadline: number;
  readonly maxFailures: number;
  readonly onFailure: (typeof failureWords)[number];
  readonly offline: (typeof offlineWords)[number];
  readonly confirm?: number;
  readonly drain?: number;
  readonly check?: string;
  readonly sign?: string;
  readonly yes?: true;
}

/**
 * Converts the options of the command to those of a rollout.
 *
 * @throws {FleetError} if a deadline or confirmation time is too short.
 */
export function rolloutOptions(words: RolloutWords): RolloutOptions {
  const { bake, deadline, maxFailures, confirm, drain, check } = words;
  if (deadline === 0) throw new FleetError('--deadline must be longer than 0');
  if (confirm === 0) throw new FleetError('--confirm must be longer than 0');
  if (confirm !== undefined) refuseShortConfirm({ confirm });
  return {
    bake,
    deadline,
    maxFailures,
    onFailure: words.onFailure,
    offline: words.offline,
    ...(confirm !== undefined && { confirm }),
    ...(drain !== undefined && { drain }),
    ...(check !== undefined && { check: true }),
  };
}
