import { type KeyObject, randomUUID } from 'node:crypto';
import type { Rollout } from '../../../fleet/documents/rollout.ts';
import { FleetError } from '../../../fleet/fleet-error.ts';
import { publish } from '../../../fleet/revisions/publish.ts';
import { readRevision } from '../../../fleet/revisions/read.ts';
import { readRules } from '../../../fleet/revisions/rules.ts';
import { readPrivateKey } from '../../../fleet/revisions/signature.ts';
import { placeRollout } from '../../../fleet/rollout/control.ts';
import { revisionBefore, startRollback } from '../../../fleet/rollout/start.ts';
import { type FleetState, readFleet } from '../../../fleet/status/fleet-state.ts';
import { driveHere, tellEnd } from '../drive.ts';
import { readNamed } from '../files.ts';
import type { Register } from '../register.ts';
import { driverName, type Session, whoami } from '../session.ts';
import { parseRevision } from '../values.ts';

export const registerRollback: Register = (program, { onFleet }) => {
  program
    .command('rollback')
    .summary('end the last rollout, and bring directors back')
    .description(
      'Publish the rules that the directors had before the last rollout, which may be over, as a new revision, and bring them to it at once: those that were told first, never two of one group at the same time.',
    )
    .option('--to <N>', 'the revision whose rules they get', parseRevision)
    .option('--sign <key>', 'sign the new revision with this private key')
    .action(({ to, sign }: { readonly to?: number; readonly sign?: string }, command) =>
      onFleet(command, (session) => {
        return goBack(session, {
          to,
          key: sign === undefined ? undefined : readPrivateKey(readNamed(sign)),
        });
      }),
    );
};

/** Publishes former rules and brings the directors to them. Gives the exit status. */
export async function goBack(
  session: Session,
  { to, key }: { readonly to: number | undefined; readonly key: KeyObject | undefined },
): Promise<number> {
  const { store, keys, fleet: name, streams } = session;
  const state = await readFleet(store, keys);
  const last = state.rollout;
  if (!last) throw new FleetError('there was no rollout from which to go back');
  const before = to ?? (await wantedBefore(session, state, last.content));
  const { revision: old, rules } = await readRevision(store, keys, before);
  if (old.signature !== undefined && !key)
    throw new FleetError(`revision ${before} is signed: a rollback needs --sign`);
  const { revision } = await publish(store, keys, name, {
    desired: readRules(rules),
    message: `back from revision ${last.content.revision}`,
    author: whoami(),
    time: new Date().toISOString(),
    key,
    allowEmpty: old.allowEmpty ?? false,
    restores: old.restores ?? before,
  });
  streams.err.write(`revision ${revision.number} has the rules of revision ${before}\n`);
  streams.err.flush();
  const id = randomUUID();
  const holder = driverName();
  const rollout = startRollback(await readFleet(store, keys), last.content, {
    revision: revision.number,
    id,
    holder,
    now: Date.now(),
  });
  await placeRollout(store, keys, last, rollout);
  return tellEnd(await driveHere(session, { id, holder, yes: true }), streams.err);
}

/** The revision before the last rollout. Going back twice would bring the rules that were wrong. */
async function wantedBefore({ store, keys }: Session, fleet: FleetState, last: Rollout): Promise<number> {
  const { restores } = (await readRevision(store, keys, last.revision)).revision;
  if (restores === undefined) return revisionBefore(fleet, last);
  throw new FleetError(
    `the last rollout brought the rules of revision ${restores} back: choose a revision with --to`,
  );
}
