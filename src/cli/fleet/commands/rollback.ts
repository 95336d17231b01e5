import { type KeyObject, randomUUID } from 'node:crypto';
import { FleetError } from '../../../fleet/fleet-error.ts';
import { publish } from '../../../fleet/revisions/publish.ts';
import { readRevision } from '../../../fleet/revisions/read.ts';
import { readRules } from '../../../fleet/revisions/rules.ts';
import { readPrivateKey } from '../../../fleet/revisions/signature.ts';
import { placeRollout, presentRollout } from '../../../fleet/rollout/control.ts';
import { revisionBefore, startRollback } from '../../../fleet/rollout/start.ts';
import { readFleet } from '../../../fleet/status/fleet-state.ts';
import { driveHere, tellEnd } from '../drive.ts';
import { readNamed } from '../files.ts';
import type { Register } from '../register.ts';
import { driverName, type Session, whoami } from '../session.ts';
import { parseRevision } from '../values.ts';

export const registerRollback: Register = (program, { onFleet }) => {
  program
    .command('rollback')
    .summary('end the present rollout, and bring directors back')
    .description(
      'Publish the rules that the directors had before the present rollout as a new revision, and bring them to it at once: those that were told first, never two of one group at the same time.',
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
  const present = await presentRollout(store, keys);
  const before = to ?? revisionBefore(await readFleet(store, keys), present.content);
  const { revision: old, rules } = await readRevision(store, keys, before);
  if (old.signature !== undefined && !key)
    throw new FleetError(`revision ${before} is signed: a rollback needs --sign`);
  const { revision } = await publish(store, keys, name, {
    desired: readRules(rules),
    message: `back from revision ${present.content.revision}`,
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
  const rollout = startRollback(await readFleet(store, keys), present.content, {
    revision: revision.number,
    id,
    holder,
    now: Date.now(),
  });
  await placeRollout(store, keys, present, rollout);
  return tellEnd(await driveHere(session, { id, holder, yes: true }), streams.err);
}
