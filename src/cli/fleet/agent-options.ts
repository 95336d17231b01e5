import { FleetError } from '../../fleet/fleet-error.ts';
import { RuleError } from '../../rules/error.ts';
import { faultSentence } from '../../rules/messages.ts';
import { numericOnly } from '../../rules/names.ts';
import { parseCommand } from '../../rules/parse.ts';
import type { PlanOptions } from '../../rules/plan.ts';
import { planOptions } from '../restore/guarded-plan.ts';

/** Words of options that say what an agent may do with its table, which are options of a restore. */
export interface GuardWords {
  readonly only?: readonly string[];
  readonly except?: readonly string[];
  readonly keepWeights?: true;
  readonly maxRemovals?: string;
  readonly minServers?: string;
}

/**
 * Reads scope and guards of plans.
 *
 * @throws {FleetError}
 */
export function readGuards({ only, except, keepWeights, maxRemovals, minServers }: GuardWords): PlanOptions {
  const rest = { 'keep-weights': keepWeights, 'max-removals': maxRemovals, 'min-servers': minServers };
  const words = Object.entries({ only, except, ...rest }).flatMap(([name, given = []]) =>
    [given].flat().map((text) => (text === true ? `--${name}` : `--${name}=${text}`)),
  );
  try {
    // Whether a revision may be empty is said when it is published.
    const command = parseCommand(['--restore', '--sync', '--allow-empty', ...words], numericOnly);
    if (command.name !== 'restore') throw new TypeError('a restore that is none');
    return planOptions(command.options);
  } catch (error) {
    throw error instanceof RuleError ? new FleetError(faultSentence(error.fault)) : error;
  }
}
