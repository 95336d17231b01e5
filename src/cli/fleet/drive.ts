import { evenClock } from '../../fleet/clock.ts';
import type { Rollout } from '../../fleet/documents/rollout.ts';
import { FleetError } from '../../fleet/fleet-error.ts';
import { type DriveEnd, drive, type TakenOver } from '../../fleet/rollout/drive.ts';
import { unconfirmedBy } from '../../fleet/rollout/renewal.ts';
import { targetedBy } from '../../fleet/rollout/start.ts';
import type { FleetState } from '../../fleet/status/fleet-state.ts';
import { status } from '../status.ts';
import type { Output } from '../stdio/output.ts';
import { errorTerminal } from '../stdio/terminal.ts';
import { untilSignal } from '../stdio/until-signal.ts';
import { runCheck } from './check-command.ts';
import { describePlans, isLeftOut, refusing, stageOf } from './plans.ts';
import { readLine } from './prompt.ts';
import type { Session } from './session.ts';
import { plainText } from './table.ts';

/** Options of {@link driveHere}. */
export interface DriveOptions {
  readonly id: string;
  readonly holder: string;
  /** Whether to proceed without asking. */
  readonly yes: boolean;
  /** Command that judges each wave. */
  readonly check?: string | undefined;
}

/** Drives a rollout to its end, and shows the progress on standard error. */
export function driveHere({ store, keys, streams }: Session, options: DriveOptions): Promise<DriveEnd> {
  const progress = new RolloutProgress(streams.err);
  return untilSignal(async (stop) => {
    try {
      return await drive({
        store,
        keys,
        id: options.id,
        holder: options.holder,
        now: evenClock(),
        stop,
        async ask(fleet, rollout) {
          progress.clear();
          streams.out.write(describePlans(fleet, rollout));
          streams.out.flush();
          if (!rollout.options.check)
            streams.err.write('without --check, the services themselves are not tested\n');
          return confirmPlans(fleet, rollout, { yes: options.yes, err: streams.err, stop });
        },
        async check(directors, rollout) {
          if (options.check === undefined)
            throw new FleetError('this rollout has a check command: give it again with --check');
          progress.clear();
          return runCheck(options.check, directors, rollout, stop);
        },
        show: (fleet, rollout, waitingFor) => progress.show(describe(fleet, rollout), waitingFor),
        onUnreachable: (sentence) => progress.show(sentence),
      });
    } finally {
      progress.clear();
    }
  });
}

/** Reports how a rollout has ended, and returns the exit status. */
export function reportEnd(end: DriveEnd, err: Output): number {
  if (end.kind === 'taken-over') {
    if (end.failure !== undefined) err.write(`${plainText(end.failure)}, too late to be recorded\n`);
    err.write(`${plainText(takenOverSentence(end))}\n`);
    return status.findings;
  }
  const { state, revision, reason, failed, skipped, waves } = end.rollout;
  for (const [name, why] of Object.entries({ ...skipped, ...failed }))
    err.write(`${name}: ${plainText(why)}\n`);
  if (end.kind === 'left') {
    err.write(
      state === 'aborted'
        ? `Interrupted: the rollout of revision ${revision} is aborted, and nothing was changed.\n`
        : `Interrupted: no further director is updated (ipvsadm-fleet resume continues).\n${unconfirmedNote(end)}`,
    );
    return status.interrupted;
  }
  if (state === 'done') {
    const without = Object.keys(failed);
    if (waves.flat(2).every((name) => isLeftOut(end.rollout, name))) {
      err.write(`revision ${revision} was not rolled out: no director has taken it\n`);
      return status.findings;
    }
    const rest = without.length === 0 ? '' : `, but not to ${without.join(', ')}`;
    err.write(`revision ${revision} is rolled out${plainText(rest)}\n`);
    return status.done;
  }
  err.write(`the rollout of revision ${revision} is ${state}: ${plainText(reason ?? '')}\n`);
  if (state === 'halted')
    err.write(
      `next: ipvsadm-fleet rollback to undo, resume to continue without the failed directors and the others of their groups, or abort to leave it as it is\n${unconfirmedNote(end)}`,
    );
  return status.findings;
}

/** Returns a line about directors that go back by themselves now that nobody drives their rollout; empty if there are none. */
export function unconfirmedNote({
  fleet,
  rollout,
}: {
  readonly fleet: FleetState;
  readonly rollout: Rollout;
}): string {
  const names = unconfirmedBy(fleet, rollout);
  if (names.length === 0) return '';
  const goBack = names.length === 1 ? 'goes back by itself' : 'go back by themselves';
  return `${plainText(names.join(', '))} ${goBack} within ${rollout.options.confirm}s, as --confirm says, unless the rollout is resumed or aborted\n`;
}

function takenOverSentence({ present, isReplaced }: TakenOver): string {
  if (!present) return 'the rollout is no longer in the store';
  const { holder, revision, restores, state } = present;
  if (isReplaced) {
    return restores === undefined
      ? `${holder} has started another rollout, of revision ${revision}`
      : `${holder} has rolled back to the rules of revision ${restores}`;
  }
  const what = state === 'paused' || state === 'aborted' ? `${state} the rollout` : 'taken over the rollout';
  return `${holder} has ${what}`;
}

async function confirmPlans(
  fleet: FleetState,
  rollout: Rollout,
  { yes, err, stop }: { readonly yes: boolean; readonly err: Output; readonly stop: AbortSignal },
): Promise<boolean> {
  const against = refusing(fleet, rollout);
  if (against.length > rollout.options.maxFailures) {
    err.write(`${against.join(', ')} would refuse revision ${rollout.revision}: nothing was changed\n`);
    return false;
  }
  if (yes) return true;
  if (!process.stdin.isTTY) {
    err.write('no terminal to ask for confirmation, and no --yes: nothing was changed\n');
    return false;
  }
  err.write('Roll it out? [y/N] ');
  err.flush();
  const answer = await readLine(process.stdin, stop);
  // The terminal does not end the line at Ctrl-C and Ctrl-D.
  if (answer === undefined) err.write('\n');
  return /^y(es)?$/i.test((answer ?? '').trim());
}

function describe(fleet: FleetState, rollout: Rollout): string {
  return `${stageOf(rollout)}, target set for ${targetedBy(fleet, rollout).length} of ${rollout.waves.flat(2).length}`;
}

/** Progress of a rollout: on a terminal, one line that is overwritten; elsewhere, a line for each change. */
class RolloutProgress {
  readonly #err: Output;
  #last = '';

  constructor(err: Output) {
    this.#err = err;
  }

  show(done: string, waitingFor?: string): void {
    const text = errorTerminal() && waitingFor !== undefined ? `${done}: waiting for ${waitingFor}` : done;
    if (text === this.#last) return;
    this.#last = text;
    this.#err.write(errorTerminal() ? `\r\x1b[K${plainText(text)}` : `${plainText(text)}\n`);
    this.#err.flush();
  }

  clear(): void {
    if (errorTerminal() && this.#last !== '') this.#err.write('\r\x1b[K');
    this.#err.flush();
    this.#last = '';
  }
}
