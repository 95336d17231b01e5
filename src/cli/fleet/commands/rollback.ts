import { type KeyObject, randomUUID } from 'node:crypto';
import { Option } from 'commander';
import { FleetError } from '../../../fleet/fleet-error.ts';
import {
  OvertakenError,
  type Publication,
  type Published,
  publish,
} from '../../../fleet/revisions/publish.ts';
import { readRules } from '../../../fleet/revisions/rules.ts';
import { readPrivateKey } from '../../../fleet/revisions/signature.ts';
import { pauseIfActive, replaceRollout } from '../../../fleet/rollout/control.ts';
import type { DriveEnd } from '../../../fleet/rollout/drive.ts';
import { revisionBefore } from '../../../fleet/rollout/revision-before.ts';
import { startRollback, targetedBy } from '../../../fleet/rollout/start.ts';
import { readFleet } from '../../../fleet/status/fleet-state.ts';
import { status } from '../../status.ts';
import { driveHere, reportEnd } from '../drive.ts';
import { readNamed } from '../files.ts';
import type { Register } from '../register.ts';
import { readWayBack } from '../rollback-key.ts';
import { driverName, type Session, whoami } from '../session.ts';
import { parseDuration, parseRevision } from '../values.ts';

export const registerRollback: Register = (program, { onFleet }) => {
  program
    .command('rollback')
    .summary('go back to the rules from before the last rollout')
    .description(
      'Publish the rules from before the last rollout as a new revision, and update the directors to it at once, those of a group one after the other, as far as they answer. This works during the rollout, which ends, and after it.',
    )
    .option('--to <N>', 'the revision whose rules to go back to', parseRevision)
    .option(
      '--drain <time>',
      'drain removed servers for this time (default: as in the rollout)',
      parseDuration,
    )
    .addOption(
      new Option('--deadline <time>', 'how long a director may keep the others of its group waiting')
        .argParser(parseDuration)
        .default(rollbackDeadline, `${rollbackDeadline}s`),
    )
    .option('--sign <key>', 'sign the new revision with this private key')
    .action((words: RollbackWords, command) =>
      onFleet(command, (session) => {
        const { to, drain, deadline, sign } = words;
        if (deadline === 0) throw new FleetError('--deadline must be longer than 0');
        return rollBack(session, {
          to,
          drain,
          deadline,
          key: sign === undefined ? undefined : readPrivateKey(readNamed(sign)),
        });
      }),
    );
};

interface RollbackWords {
  readonly to?: number;
  readonly drain?: number;
  readonly deadline: number;
  readonly sign?: string;
}

/**
 * Seconds that a director has to converge before the others of its group follow in a rollback: faulty rules on one of them are worse
 * than a moment in which both change.
 */
const rollbackDeadline = 30;

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
  readonly deadline?: number;
  /** Private key that signs the new revision. */
  readonly key: KeyObject | undefined;
}

/** Publishes earlier rules as a new revision, and rolls directors back to it. Returns the exit status. */
export async function rollBack(
  session: Session,
  { to, drain, deadline = rollbackDeadline, key }: RollbackOptions,
): Promise<number> {
  const { store, keys, streams } = session;
  const state = await readFleet(store, keys);
  const last = state.rollout?.content;
  if (!last) throw new FleetError('there has been no rollout to roll back');
  const before = to ?? revisionBefore(state, last);
  const { revision: old, rules } = await readWayBack(session, state, {
    from: last.revision,
    to: before,
    key,
  });
  const holder = driverName();
  await pauseIfActive(store, keys, last.id, { holder, now: Date.now() });
  const { revision, isNew } = await publishLast(session, {
    desired: readRules(rules),
    message: `back from revision ${last.revision}`,
    author: whoami(),
    time: new Date().toISOString(),
    key,
    allowEmpty: old.allowEmpty ?? false,
    restores: old.restores ?? before,
  });
  const how = isNew ? 'published with' : 'already has';
  streams.err.write(`revision ${revision.number} ${how} the rules of revision ${before}\n`);
  streams.err.flush();
  const id = randomUUID();
  const choice = { restores: before, isChosen: to !== undefined, drain, deadline };
  const back = { revision: revision.number, ...choice, id, holder };
  await replaceRollout(store, keys, last.id, (fleet, present) =>
    startRollback(fleet, present, { ...back, now: Date.now() }),
  );
  const end = await driveHere(session, { id, holder, yes: true });
  const result = reportEnd(end, streams.err);
  const isLeftBehind = end.kind === 'ended' && Object.keys(end.rollout.failed).length > 0;
  return isLeftBehind ? status.findings : result;
}

const attempts = 5;

/** Publishes rules as the newest revision, whatever others publish at the same time: earlier rules are right all the same. */
async function publishLast({ store, keys, fleet }: Session, publication: Publication): Promise<Published> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await publish(store, keys, fleet, publication);
    } catch (error) {
      if (!(error instanceof OvertakenError) || attempt === attempts) throw error;
    }
  }
}
