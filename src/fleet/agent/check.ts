import type { KeyObject } from 'node:crypto';
import type { DesiredState } from '../../rules/desired.ts';
import type { Refusal } from '../documents/report.ts';
import type { Revision } from '../documents/revision.ts';
import { RulesError } from '../revisions/rules.ts';
import { isSigned } from '../revisions/signature.ts';
import { parsedRules } from './parsed-rules.ts';

/** Conditions under which a director accepts a revision. */
export interface Trust {
  readonly fleet: string;
  /** Trusted keys, one of which must have signed the revision; absent if no signature is required. */
  readonly keys?: readonly KeyObject[] | undefined;
}

/** Returns the reason to refuse a revision for its signature, which covers the checksum of the rules; undefined if there is none. */
export function checkSignature(revision: Revision, { fleet, keys }: Trust): Refusal | undefined {
  if (!keys || isSigned(fleet, revision, keys)) return undefined;
  const { number, signature } = revision;
  const how = signature === undefined ? 'is not signed' : 'is not signed by a trusted key';
  return { code: 'signature', reason: `revision ${number} ${how}`, revision: number };
}

/** Returns the state that a revision describes, or the reason to refuse it. The caller has verified signature and checksum. */
export function checkRules(
  revision: Revision,
  rules: string,
): { readonly desired: DesiredState } | { readonly refusal: Refusal } {
  const refuse = (code: Refusal['code'], reason: string) => ({
    refusal: { code, reason, revision: revision.number },
  });
  let desired: DesiredState;
  try {
    desired = parsedRules(revision.sha256, rules);
  } catch (error) {
    if (!(error instanceof RulesError)) throw error;
    return refuse('rules', error.message);
  }
  if (desired.table.size === 0 && !revision.allowEmpty) {
    return refuse(
      'empty',
      `revision ${revision.number} has no services and was not published with --allow-empty`,
    );
  }
  return { desired };
}
