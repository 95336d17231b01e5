import type { KeyObject } from 'node:crypto';
import type { Revision } from '../../fleet/documents/revision.ts';
import { FleetError } from '../../fleet/fleet-error.ts';
import { readHistory, readRevision } from '../../fleet/revisions/read.ts';
import { isSignedWith } from '../../fleet/revisions/signature.ts';
import type { FleetState } from '../../fleet/status/fleet-state.ts';
import type { Session } from './session.ts';

/** A rollback that may come: the revision from which it would go back, and the one whose rules it would restore. */
export interface WayBack {
  readonly from: number;
  readonly to: number;
  readonly key: KeyObject | undefined;
}

/** The revision whose rules a rollback restores. */
export interface Restored {
  readonly revision: Revision;
  /** The rules, as text. */
  readonly rules: string;
}

/**
 * Reads the rules that a rollback restores, and checks that they could be published. A key signs only rules that it has signed
 * before: others could have been written by anybody who can write to the store. Where a director probably trusts a key, as it has
 * a signed revision, there has to be one; which keys they trust is known to themselves only.
 *
 * @throws {FleetError}
 */
export async function readWayBack(
  { store, keys, fleet: name }: Session,
  fleet: FleetState,
  { from, to, key }: WayBack,
): Promise<Restored> {
  const restored = await readRevision(store, keys, to);
  if (key) {
    if (!isSignedWith(name, restored.revision, key)) throw notSigned(to);
    return restored;
  }
  const { revisions } = await readHistory(store, keys);
  const present = new Set([from, ...[...fleet.reports.values()].map((one) => one.content.applied?.revision)]);
  const trusted = revisions.filter(
    ({ number }) => number !== to && present.has(number) && !isRefusedAsSigned(fleet, number),
  );
  const signed = [restored.revision, ...trusted].find(({ signature }) => signature !== undefined);
  if (signed)
    throw new FleetError(
      `revision ${signed.number} is signed, and so has to be what a rollback publishes: --sign is needed`,
    );
  return restored;
}

/** Whether a director refuses the signature of a revision, which is then no evidence that its key is trusted. */
function isRefusedAsSigned({ reports }: FleetState, number: number): boolean {
  return [...reports.values()].some(({ content: { refusal, plan } }) =>
    [refusal, plan?.refusal].some((one) => one?.code === 'signature' && one.revision === number),
  );
}

function notSigned(to: number): FleetError {
  return new FleetError(
    [
      `the key that --sign names has not signed revision ${to}: whoever can write to the store may have changed its rules`,
      `if they are right, publish them with the key first, and roll back to that revision: ipvsadm-fleet show ${to} | ipvsadm-fleet publish - -m TEXT --sign KEY`,
    ].join('\n'),
  );
}
