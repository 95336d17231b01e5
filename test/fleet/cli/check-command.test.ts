import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCheck } from '../../../src/cli/fleet/check-command.ts';
import type { Rollout } from '../../../src/fleet/documents/rollout.ts';
import { until } from '../live-fleet.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';

let rollout: Rollout;
let folder: string;

const check = (command: string, stop = new AbortController().signal) =>
  runCheck(command, ['lb1', 'lb2'], rollout, stop);

/** Whether a process runs. One that has ended may stay as a zombie, where nobody asks for its status. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function pidIn(name: string): number {
  try {
    return Number(readFileSync(join(folder, name), 'utf8'));
  } catch {
    return 0;
  }
}

describe('the check command of a wave', () => {
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'check-'));
    rollout = await (await SimulatedFleet.withFirstRevision(['lb1', 'lb2'])).start(2);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('passes or fails the wave by its exit status, and gets the facts in its environment', async () => {
    const facts =
      'test "$IPVSADM_FLEET_REVISION/$IPVSADM_FLEET_WAVE/$IPVSADM_FLEET_DIRECTORS" = "2/1/lb1 lb2"';
    assert.equal(await check(facts), undefined);
    assert.equal(await check('exit 3'), 'the check command failed with 3 after wave 1');
    assert.equal(await check('kill -9 $$'), 'the check command failed with SIGKILL after wave 1');
  });

  it('fails the wave if the names of its directors are too long for the environment', async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `director-${10_000 + index}`);
    assert.equal(
      await runCheck('true', names, rollout, new AbortController().signal),
      'the check command cannot be run: the names of 10000 directors are too long for IPVSADM_FLEET_DIRECTORS; use smaller waves',
    );
  });

  it('ends with all its processes if the driver is stopped', async () => {
    const stop = new AbortController();
    const [meek, stubborn] = [join(folder, 'meek'), join(folder, 'stubborn')];
    const command = `sleep 60 & echo $! >${meek}; sh -c 'trap "" TERM; echo $$ >${stubborn}; while :; do sleep 1; done' & wait`;
    const begun = performance.now();
    const checking = check(command, stop.signal);
    await until(() => pidIn('meek') > 0 && pidIn('stubborn') > 0);
    stop.abort();
    await checking;
    assert.ok(performance.now() - begun < 10_000);
    // A killed process may exist for another moment.
    await sleep(100);
    assert.deepEqual([isRunning(pidIn('meek')), isRunning(pidIn('stubborn'))], [false, false]);
  });
});
