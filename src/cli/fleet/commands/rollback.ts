import { type KeyObject, randomUUID } from 'node:crypto';
import type { Revision } from '../../../fleet/documents/revision.ts';
import { FleetError } from '../../../fleet/fleet-error.ts';
import { publish } from '../../../fleet/revisions/publish.ts';
import { readRevision } from '../../../fleet/revisions/read.ts';
import { readRules } from '../../../fleet/revisions/rules.ts';
import { readPrivateKey } from '../../../fleet/revisions/signature.ts';
import { pauseIfActive, replaceRollout } from '../../../fleet/rollout/control.ts';
import type { DriveEnd } from '../../../fleet/rollout/drive.ts';
import { revisionBefore, startRollback, targetedBy } from '../../../fleet/rollout/start.ts';
import { readFleet } from '../../../fleet/status/fleet-state.ts';
import { status } from '../../status.ts';
import { driveHere, reportEnd } from '../drive.ts';
import { readNamed } from '../files.ts';
import type { Register } from '../register.ts';
import { driverName, type Session, whoami } from '../session.ts';
import { parseDuration, parseRevision } from '../values.ts';

export const registerRollback: Register = (program, { onFleet }) => {
  program
    .command('rollback')
    .summary('go back to the rules from before the last rollout')
    .description(
      'Publish the rules from before the last rollout as a new revision, and update the directors to it at once, never two of a group at the same time. This works during the rollout, which ends, and after it.',
    )
    .option('--to <N>', 'the revision whose rules to go back to', parseRevision)
    .option(
      '--drain <time>',
      'drain removed servers for this time (default: as in the rollout)',
      parseDuration,
    )
    .option('--sign <key>', 'sign the new revision with this private key')
    .action((words: { readonly to?: number; readonly drain?: number; readonly sign?: string }, command) =>
      onFleet(command, (session) => {
        const { to, drain, sign } = words;
        return rollBack(session, {
          to,
          drain,
          key: sign === undefined ? undefined : readPrivateKey(readNamed(sign)),
        });
      }),
    );
};

/**
 * Throws if a rollback would need a key and there is none.
 *
 * @throws {FleetError}
 */
export function requireKey({ signature }: Revision, key: KeyObject | undefined): void {
  if (signature !== undefined && !key)
    throw new FleetError('the revisions of this fleet are signed: --on-failure rollback needs --sign, too');
}

/** Reports how a rollout has ended, and rolls back if `--on-failure` says so. Returns the exit status. */
export async function reportOrRollBack(
  session: Session,
  end: DriveEnd,
  key: KeyObject | undefined,
): Promise<number> {
  const result = reportEnd(end, session.streams.err);
  if (end.kind !== 'ended') return result;
  const { state, phase, options } = end.rollout;
  if (state !== 'halted' || phase === 'preview' || options.onFailure !== 'rollback') return result;
  if (targetedBy(end.fleet, end.rollout).length === 0) return result;
  await rollBack(session, { key });
  return status.findings;
}

/** Options of {@link rollBack}. */
export interface RollbackOptions {
  /** The revision whose rules are restored; default: the one before the last rollout. */
  readonly to?: number | undefined;
  readonly drain?: number | undefined;
  /** Private key that signs the new revision. */
  readonly key: KeyObject | undefined;
}

/** Publishes earlier rules as a new revision, and rolls directors back to it. Returns the exit status. */
export async function rollBack(session: Session, { to, drain, key }: RollbackOptions): Promise<number> {
  const { store, keys, fleet: name, streams } = session;
  const state = await readFleet(store, keys);
  const last = state.rollout?.content;
  if (!last) throw new FleetError('there has been no rollout to roll back');
  const before = to ?? revisionBefore(state, last);
  const { revision: old, rules } = await readRevision(store, keys, before);
  if (old.signature !== undefined && !key)
    throw new FleetError(`revision ${before} is signed: a rollback needs --sign`);
  const holder = driverName();
  await pauseIfActive(store, keys, last.id, { holder, now: Date.now() });
  const { revision } = await publish(store, keys, name, {
    desired: readRules(rules),
    message: `back from revision ${last.revision}`,
    author: whoami(),
    time: new Date().toISOString(),
    key,
    allowEmpty: old.allowEmpty ?? false,
    restores: old.restores ?? before,
  });
  streams.err.write(`revision ${revision.number} published with the rules of revision ${before}\n`);
  streams.err.flush();
  const id = randomUUID();
  const back = { revision: revision.number, restores: before, isChosen: to !== undefined, drain, id, holder };
  await replaceRollout(store, keys, last.id, (fleet, present) =>
    startRollback(fleet, present, { ...back, now: Date.now() }),
  );
  const end = await driveHere(session, { id, holder, yes: true });
  const result = reportEnd(end, streams.err);
  const isLeftBehind = end.kind === 'ended' && Object.keys(end.rollout.failed).length > 0;
  return isLeftBehind ? status.findings : result;
}
