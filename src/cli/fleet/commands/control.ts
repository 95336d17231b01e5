import type { Command } from 'commander';
import type { Keys } from '../../../fleet/documents/keys.ts';
import type { Rollout } from '../../../fleet/documents/rollout.ts';
import { readPrivateKey } from '../../../fleet/revisions/signature.ts';
import {
  type Actor,
  abortRollout,
  pauseRollout,
  presentRollout,
  resumeRollout,
} from '../../../fleet/rollout/control.ts';
import { commonRevision } from '../../../fleet/rollout/revision-before.ts';
import { targetedBy } from '../../../fleet/rollout/start.ts';
import { type FleetState, readFleet } from '../../../fleet/status/fleet-state.ts';
import type { Store } from '../../../fleet/store/store.ts';
import { status } from '../../status.ts';
import { driveHere, unconfirmedNote } from '../drive.ts';
import { readNamed } from '../files.ts';
import type { Register, Runner } from '../register.ts';
import { readWayBack } from '../rollback-key.ts';
import { driverName, type Session } from '../session.ts';
import { plainText } from '../table.ts';
import { reportOrRollBack } from './rollback.ts';

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
  const { content: rollout } = await presentRollout(store, keys);
  const { id, revision: from, options } = rollout;
  const key = sign === undefined ? undefined : readPrivateKey(readNamed(sign));
  if (options.onFailure === 'rollback') {
    const fleet = await readFleet(store, keys);
    await readWayBack(session, fleet, { from, to: commonRevision(rollout), key });
  }
  const holder = driverName();
  await resumeRollout(store, keys, { id, holder, now: Date.now(), hasCheck: check !== undefined });
  return reportOrRollBack(session, await driveHere(session, { id, holder, yes, check }), key);
}

export const registerPause: Register = (program, runner) =>
  registerChange(program, runner, {
    name: 'pause',
    summary: 'pause the current rollout',
    description:
      'Pause the current rollout: its driver exits, and no further director is updated. With --confirm, directors whose wave has not passed its gate go back by themselves.',
    change: pauseRollout,
    effect: unconfirmedNote,
  });

export const registerAbort: Register = (program, runner) =>
  registerChange(program, runner, {
    name: 'abort',
    summary: 'end the current rollout where it is',
    description:
      'End the current rollout where it is: directors that have been updated keep the revision, also with --confirm.',
    change: abortRollout,
    effect: keptNote,
  });

/** Returns a line about the directors that keep the revision of an aborted rollout. */
function keptNote({ fleet, rollout }: Seen): string {
  const { revision } = rollout;
  const hasLeft = (name: string) => fleet.reports.get(name)?.content.refusal?.revision === revision;
  const kept = targetedBy(fleet, rollout).filter((name) => !hasLeft(name));
  if (kept.length === 0) return `no director keeps revision ${revision}\n`;
  return `${plainText(kept.join(', '))} ${kept.length === 1 ? 'keeps' : 'keep'} revision ${revision}; ipvsadm-fleet rollback undoes that\n`;
}

/** A rollout that was changed, and the fleet that was read afterwards. */
interface Seen {
  readonly fleet: FleetState;
  readonly rollout: Rollout;
}

interface Change {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly change: (store: Store, keys: Keys, by: Actor) => Promise<Rollout>;
  /** Returns lines about what the change means for directors. */
  readonly effect: (seen: Seen) => string;
}

function registerChange(
  program: Command,
  { onFleet }: Runner,
  { name, summary, description, change, effect }: Change,
): void {
  program
    .command(name)
    .summary(summary)
    .description(description)
    .action((_, command) =>
      onFleet(command, async (session) => {
        const { store, keys, streams } = session;
        const rollout = await change(store, keys, { holder: driverName(), now: Date.now() });
        const fleet = await readFleet(store, keys);
        streams.err.write(`the rollout of revision ${rollout.revision} is ${rollout.state}\n`);
        streams.err.write(effect({ fleet, rollout }));
        return status.done;
      }),
    );
}
