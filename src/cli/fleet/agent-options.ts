import { FleetError } from '../../fleet/fleet-error.ts';
import { RuleError } from '../../rules/error.ts';
import { faultSentence } from '../../rules/messages.ts';
import { numericOnly } from '../../rules/names.ts';
import { parseCommand } from '../../rules/parse.ts';
import type { PlanOptions } from '../../rules/plan.ts';
import { planOptions } from '../restore/guarded-plan.ts';

/** Values of the options for an agent's scope and guards, which are the same as those of a restore. */
export interface GuardWords {
  readonly only?: readonly string[];
  readonly except?: readonly string[];
  readonly keepWeights?: true;
  readonly maxRemovals?: string;
  readonly minServers?: string;
}

/**
 * Parses the scope and the guards of an agent's plans.
 *
 * @throws {FleetError}
 */
export function readGuards({ only, except, keepWeights, maxRemovals, minServers }: GuardWords): PlanOptions {
  const rest = { 'keep-weights': keepWeights, 'max-removals': maxRemovals, 'min-servers': minServers };
  const words = Object.entries({ only, except, ...rest }).flatMap(([name, given = []]) =>
    [given].flat().map((text) => (text === true ? `--${name}` : `--${name}=${text}`)),
  );
  try {
    // Whether a revision may be empty is decided when it is published.
    const command = parseCommand(['--restore', '--sync', '--allow-empty', ...words], numericOnly);
    if (command.name !== 'restore') throw new TypeError('a restore that is none');
    return planOptions(command.options);
  } catch (error) {
    throw error instanceof RuleError ? new FleetError(faultSentence(error.fault)) : error;
  }
}
