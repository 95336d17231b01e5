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

/**
 * Checks that a rollback could be published: that the rules to be restored are there, and that the key is one that directors
 * probably trust, as it has signed one of the two revisions, or one that a director has. Which keys they trust is known to
 * themselves only.
 *
 * @throws {FleetError}
 */
export async function checkWayBack(
  { store, keys, fleet: name }: Session,
  fleet: FleetState,
  { from, to, key }: WayBack,
): Promise<void> {
  const { revision: restored } = await readRevision(store, keys, to);
  const { revisions } = await readHistory(store, keys);
  const present = new Set([from, ...[...fleet.reports.values()].map((one) => one.content.applied?.revision)]);
  const trusted = revisions.filter(
    ({ number }) => number !== to && present.has(number) && !isRefusedAsSigned(fleet, number),
  );
  const signed = [restored, ...trusted].filter(({ signature }) => signature !== undefined);
  const [first] = signed;
  if (!first) return;
  if (!key)
    throw new FleetError(
      `revision ${first.number} is signed, and so has to be what a rollback publishes: --sign is needed`,
    );
  if (!signed.some((one) => isSignedWith(name, one, key))) throw wrongKey(signed, to);
}

/** Whether a director refuses the signature of a revision, which is then no evidence that its key is trusted. */
function isRefusedAsSigned({ reports }: FleetState, number: number): boolean {
  return [...reports.values()].some(({ content: { refusal, plan } }) =>
    [refusal, plan?.refusal].some((one) => one?.code === 'signature' && one.revision === number),
  );
}

function wrongKey(signed: readonly Revision[], to: number): FleetError {
  const which = signed.map(({ number }) => number).join(' or ');
  return new FleetError(
    [
      `the key that --sign names has not signed revision ${which}: directors would refuse what it signs`,
      `where they do trust it now, publish the rules with it first: ipvsadm-fleet show ${to} | ipvsadm-fleet publish - -m TEXT --sign KEY`,
    ].join('\n'),
  );
}
