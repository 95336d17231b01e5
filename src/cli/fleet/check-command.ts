import { type ChildProcess, spawn } from 'node:child_process';
import type { Rollout } from '../../fleet/documents/rollout.ts';
import { sleep } from '../../rollout/sleep.ts';

/** Milliseconds that processes of a check have to end after SIGTERM. */
const endTime = 2000;
const endPoll = 50;

/**
 * Runs the operator's command with the shell, as given on this command line. Resolves to the reason if the wave fails. As soon as
 * `stop` aborts, the command and all that it has started are ended, and what it resolves to says nothing.
 */
export async function runCheck(
  command: string,
  directors: readonly string[],
  rollout: Rollout,
  stop: AbortSignal,
): Promise<string | undefined> {
  const env = {
    ...process.env,
    IPVSADM_FLEET_REVISION: String(rollout.revision),
    IPVSADM_FLEET_DIRECTORS: directors.join(' '),
    IPVSADM_FLEET_WAVE: String(rollout.wave + 1),
  };
  // A process group of its own can be ended as a whole, and does not get the terminal's Ctrl-C, which would fail the check.
  let child: ChildProcess;
  try {
    child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 2, 2], env, detached: true });
  } catch (error) {
    return `the check command cannot be run: ${startFailure(error, directors.length)}`;
  }
  const { pid } = child;
  let ending: Promise<void> | undefined;
  const end = () => {
    ending ??= pid === undefined ? undefined : endGroup(pid);
  };
  stop.addEventListener('abort', end);
  if (stop.aborted) end();
  try {
    return await new Promise<string | undefined>((resolve) => {
      child.on('error', (error) => resolve(`the check command cannot be run: ${error.message}`));
      child.on('close', (code, signal) => {
        if (code === 0) resolve(undefined);
        else resolve(`the check command failed with ${signal ?? code} after wave ${rollout.wave + 1}`);
      });
    });
  } finally {
    stop.removeEventListener('abort', end);
    await ending;
  }
}

/** Describes why a command could not be started: Linux limits each variable of its environment to 128 KiB (execve(2)). */
function startFailure(error: unknown, directors: number): string {
  if (!(error instanceof Error)) throw error;
  return 'code' in error && error.code === 'E2BIG'
    ? `the names of ${directors} directors are too long for IPVSADM_FLEET_DIRECTORS; use smaller waves`
    : error.message;
}

/** Ends all processes of a group: asks them to, then kills those that are still there. */
async function endGroup(pid: number): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  for (let waited = 0; waited < endTime; waited += endPoll) {
    await sleep(endPoll);
    if (!signalGroup(pid, 0)) return;
  }
  signalGroup(pid, 'SIGKILL');
}

/** Sends a signal to a process group; 0 only looks. Returns whether there is such a group. */
function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
