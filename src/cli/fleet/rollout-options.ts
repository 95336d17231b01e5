import type { RolloutOptions } from '../../fleet/documents/rollout.ts';
import { FleetError } from '../../fleet/fleet-error.ts';
import { oneOf } from './values.ts';

/** Options of the command `rollout`, as commander reads them. */
export interface RolloutWords {
  readonly canary: number;
  readonly waves: string;
  readonly bake: number;
  readonly deadline: number;
  readonly maxFailures: number;
  readonly onFailure: string;
  readonly offline: string;
  readonly confirm?: number;
  readonly drain?: number;
  readonly check?: string;
  readonly sign?: string;
  readonly yes?: true;
}

/** @throws {FleetError} */
export function rolloutOptions(words: RolloutWords): RolloutOptions {
  const { bake, deadline, maxFailures, confirm, drain, check } = words;
  if (deadline === 0) throw new FleetError('--deadline is longer than that');
  if (confirm === 0) throw new FleetError('--confirm is longer than that');
  return {
    bake,
    deadline,
    maxFailures,
    onFailure: oneOf(['halt', 'rollback'], words.onFailure, '--on-failure'),
    offline: oneOf(['wait', 'skip', 'fail'], words.offline, '--offline'),
    ...(confirm !== undefined && { confirm }),
    ...(drain !== undefined && { drain }),
    ...(check !== undefined && { check: true }),
  };
}
