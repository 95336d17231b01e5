import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { evenClock } from '../../fleet/clock.ts';
import type { Rollout } from '../../fleet/documents/rollout.ts';
import { FleetError } from '../../fleet/fleet-error.ts';
import { type DriveEnd, drive } from '../../fleet/rollout/drive.ts';
import { targetedBy } from '../../fleet/rollout/start.ts';
import type { FleetState } from '../../fleet/status/fleet-state.ts';
import { untilSignal } from '../draining/drain-servers.ts';
import { status } from '../status.ts';
import type { Output } from '../stdio/output.ts';
import { errorTerminal } from '../stdio/terminal.ts';
import { describePlans, refusing, stageOf } from './plans.ts';
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
          return confirmPlans(fleet, rollout, options.yes, streams.err);
        },
        check: (directors, rollout) => runCheck(options.check, directors, rollout),
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
    err.write(`${plainText(end.by)} has taken over the rollout\n`);
    return status.findings;
  }
  const { state, revision, reason, failed, skipped } = end.rollout;
  for (const [name, why] of Object.entries({ ...skipped, ...failed }))
    err.write(`${name}: ${plainText(why)}\n`);
  if (end.kind === 'left') {
    err.write('Interrupted: no further director is updated (ipvsadm-fleet resume continues).\n');
    return status.interrupted;
  }
  if (state === 'done') {
    const without = Object.keys(failed);
    const rest = without.length === 0 ? '' : `, but not to ${without.join(', ')}`;
    err.write(`revision ${revision} is rolled out${plainText(rest)}\n`);
    return status.done;
  }
  err.write(`the rollout of revision ${revision} is ${state}: ${plainText(reason ?? '')}\n`);
  if (state === 'halted')
    err.write(
      'next: ipvsadm-fleet rollback to undo, resume to continue without the failed directors and the others of their groups, or abort to leave it as it is\n',
    );
  return status.findings;
}

async function confirmPlans(
  fleet: FleetState,
  rollout: Rollout,
  yes: boolean,
  err: Output,
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
  err.flush();
  const line = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await line.question('Roll it out? [y/N] ')).trim());
  } finally {
    line.close();
  }
}

/** Runs the operator's command with the shell, as given on this command line. Resolves to the reason if the wave fails. */
function runCheck(
  command: string | undefined,
  directors: readonly string[],
  rollout: Rollout,
): Promise<string | undefined> {
  if (command === undefined)
    throw new FleetError('this rollout has a check command: give it again with --check');
  const env = {
    ...process.env,
    IPVSADM_FLEET_REVISION: String(rollout.revision),
    IPVSADM_FLEET_DIRECTORS: directors.join(' '),
    IPVSADM_FLEET_WAVE: String(rollout.wave + 1),
  };
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 2, 2], env });
    child.on('error', (error) => resolve(`the check command cannot be run: ${error.message}`));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(undefined);
      else resolve(`the check command failed with ${signal ?? code} after wave ${rollout.wave + 1}`);
    });
  });
}

function describe(fleet: FleetState, rollout: Rollout): string {
  return `${stageOf(rollout)}, ${targetedBy(fleet, rollout).length} of ${rollout.waves.flat(2).length} told`;
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
    this.#last = '';
  }
}
