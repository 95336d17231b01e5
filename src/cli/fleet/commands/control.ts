import type { Command } from 'commander';
import type { Keys } from '../../../fleet/documents/keys.ts';
import type { Rollout } from '../../../fleet/documents/rollout.ts';
import { readRevision } from '../../../fleet/revisions/read.ts';
import { readPrivateKey } from '../../../fleet/revisions/signature.ts';
import {
  type Actor,
  abortRollout,
  pauseRollout,
  presentRollout,
  resumeRollout,
} from '../../../fleet/rollout/control.ts';
import type { Store } from '../../../fleet/store/store.ts';
import { status } from '../../status.ts';
import { driveHere } from '../drive.ts';
import { readNamed } from '../files.ts';
import type { Register, Runner } from '../register.ts';
import { driverName, type Session } from '../session.ts';
import { reportOrRollBack, requireKey } from './rollback.ts';

export const registerResume: Register = (program, { onFleet }) => {
  program
    .command('resume')
    .summary('take over the current rollout and continue it')
    .description(
      'Take over the current rollout from whoever drives it or drove it, and continue it. Directors that failed are left out, and so are the others of their groups; a further failure halts the rollout again, unless --max-failures allows it. The bake time of the current wave starts again.',
    )
    .option(
      '--check <command>',
      'the check command for the waves from now on; required if the rollout has one',
    )
    .option('--sign <key>', 'sign the revision of a rollback with this key')
    .option('--yes', 'do not ask for confirmation')
    .action((words: ResumeWords, command) => onFleet(command, (session) => resume(session, words)));
};

interface ResumeWords {
  readonly check?: string;
  readonly sign?: string;
  readonly yes?: boolean;
}

async function resume(session: Session, { check, sign, yes = false }: ResumeWords): Promise<number> {
  const { store, keys } = session;
  const { id, revision: number, options } = (await presentRollout(store, keys)).content;
  const key = sign === undefined ? undefined : readPrivateKey(readNamed(sign));
  if (options.onFailure === 'rollback') requireKey((await readRevision(store, keys, number)).revision, key);
  const holder = driverName();
  await resumeRollout(store, keys, { id, holder, now: Date.now(), hasCheck: check !== undefined });
  return reportOrRollBack(session, await driveHere(session, { id, holder, yes, check }), key);
}

export const registerPause: Register = (program, runner) =>
  registerChange(program, runner, {
    name: 'pause',
    summary: 'pause the current rollout',
    description: 'Pause the current rollout: its driver exits, and no further director is updated.',
    change: pauseRollout,
  });

export const registerAbort: Register = (program, runner) =>
  registerChange(program, runner, {
    name: 'abort',
    summary: 'end the current rollout where it is',
    description: 'End the current rollout where it is: directors that have been updated keep the revision.',
    change: abortRollout,
  });

interface Change {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly change: (store: Store, keys: Keys, by: Actor) => Promise<Rollout>;
}

function registerChange(
  program: Command,
  { onFleet }: Runner,
  { name, summary, description, change }: Change,
): void {
  program
    .command(name)
    .summary(summary)
    .description(description)
    .action((_, command) =>
      onFleet(command, async (session) => {
        const { revision, state } = await change(session.store, session.keys, {
          holder: driverName(),
          now: Date.now(),
        });
        session.streams.err.write(`the rollout of revision ${revision} is ${state}\n`);
        return status.done;
      }),
    );
}
