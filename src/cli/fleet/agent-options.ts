import { FleetError } from '../../fleet/fleet-error.ts';
import { readPublicKey } from '../../fleet/revisions/signature.ts';
import { ownership, parseServicePattern, patternForms } from '../../rules/ownership.ts';
import type { PlanOptions } from '../../rules/plan.ts';
import { parseLimit } from '../../rules/values.ts';
import { readNamed } from './files.ts';

/** Words of options that say what an agent may do with its table. */
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
export function planOptions({
  only = [],
  except = [],
  keepWeights,
  maxRemovals,
  minServers,
}: GuardWords): PlanOptions {
  return {
    owns: ownership({ only: only.map(pattern), except: except.map(pattern) }),
    keepWeights: keepWeights ?? false,
    guards: {
      // Whether a revision may be empty is said when it is published.
      allowEmpty: true,
      maxRemovals: maxRemovals === undefined ? undefined : limit(maxRemovals, '--max-removals'),
      minServers: minServers === undefined ? undefined : limit(minServers, '--min-servers'),
    },
  };
}

function pattern(text: string) {
  const found = parseServicePattern(text);
  if (!found) throw new FleetError(`illegal pattern \`${text}': ${patternForms}`);
  return found;
}

function limit(text: string, option: string) {
  const found = parseLimit(text);
  if (!found) throw new FleetError(`illegal limit \`${text}' for ${option}: a number or a percentage`);
  return found;
}

/** Reads the public keys that an agent trusts. @throws {FleetError} */
export function readTrusted(files: readonly string[]) {
  return files.map((file) => readPublicKey(readNamed(file)));
}
