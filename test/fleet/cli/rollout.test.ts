import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { driveHere, reportEnd } from '../../../src/cli/fleet/drive.ts';
import { describePlans } from '../../../src/cli/fleet/plans.ts';
import type { Session } from '../../../src/cli/fleet/session.ts';
import type { Rollout } from '../../../src/fleet/documents/rollout.ts';
import type { DriveEnd } from '../../../src/fleet/rollout/drive.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { changeSettings } from '../../../src/fleet/status/settings.ts';
import { fleetName, keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import { InterceptedStore } from '../store/intercepted-store.ts';
import { RecordedOutput } from './recorded-output.ts';

const names = ['lb1', 'lb2', 'lb3', 'lb4'];

let fleet: SimulatedFleet;
let output: RecordedOutput;

/** Begins a rollout, and lets its driver and the directors take turns until the plans are there. */
async function startUntilPlans(...args: Parameters<SimulatedFleet['start']>): Promise<Rollout> {
  const { id } = await fleet.start(...args);
  while ((await fleet.step()) !== 'commit') await fleet.turns();
  await fleet.turns();
  const rollout = await fleet.rollout();
  assert.deepEqual([rollout.id, rollout.phase], [id, 'preview']);
  return rollout;
}

/** Drives a rollout as its command does, without a terminal. */
async function driveUnattended({ id }: Rollout): Promise<DriveEnd> {
  const { streams } = output;
  const session: Session = { store: fleet.store, keys, fleet: fleetName, streams, words: {} };
  return driveHere(session, { id, holder: 'driver', yes: false });
}

async function plans(rollout: Rollout): Promise<string> {
  return describePlans(await readFleet(fleet.store, keys), rollout);
}

beforeEach(async () => {
  fleet = await SimulatedFleet.withFirstRevision(names);
  output = new RecordedOutput();
});

describe('the plans of a rollout', () => {
  it('are printed once if they are equal, in the order in which directors are updated', async () => {
    for (const name of ['lb2', 'lb4']) await fleet.group(name, 'pair');
    const rollout = await startUntilPlans(2, { canary: 1, waves: '100%' });
    assert.equal(
      await plans(rollout),
      `lb1, lb2, lb3, lb4: 1 server added
  -a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 1
in waves: lb1 | lb2, lb3, then lb4
`,
    );
  });

  it('differ if a table has drifted, and omit skipped directors', async () => {
    fleet.agent('lb2').director.setRules(rulesFor(2));
    await fleet.turns();
    const held = { by: 'ann', since: '2026-11-28T22:00:00.000Z', reason: 'disk' };
    await changeSettings(fleet.store, keys, 'lb3', () => ({ held }));
    const rollout = await startUntilPlans(2, { canary: 1, waves: '100%' });
    assert.equal(
      await plans({ ...rollout, failed: { lb4: 'offline' } }),
      `lb1: 1 server added
  -a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 1
lb2: nothing to do
lb3 is skipped: on hold by ann
lb4 is skipped: offline
lb2: its table has drifted, which the rollout corrects (1 command)
in waves: lb1 | lb2
`,
    );
  });

  it('are truncated if they are long', async () => {
    const revision = await publishRules(fleet.store, rulesFor(52));
    const lines = (await plans(await startUntilPlans(revision))).split('\n');
    assert.equal(lines[0], 'lb1, lb2, lb3, lb4: 51 servers added');
    assert.deepEqual(lines.slice(-4), [
      '  -a -t 192.0.2.1:80 -r 10.0.0.51:80 -m -w 1',
      '  and 1 more command',
      'in waves: lb1 | lb2 | lb3, lb4',
      '',
    ]);
  });
});

describe('the command rollout', () => {
  it('changes nothing without a terminal and --yes', async () => {
    const end = await driveUnattended(await startUntilPlans(2));
    assert.match(output.text, /\nlb1, lb2, lb3, lb4: 1 server added\n/);
    assert.match(output.text, /\nno terminal to ask for confirmation, and no --yes: nothing was changed\n$/);
    assert.deepEqual(fleet.applied(), { lb1: 1, lb2: 1, lb3: 1, lb4: 1 });
    assert.equal(reportEnd(end, output), 1);
    assert.match(output.text, /\nthe rollout of revision 2 is aborted: the plans were declined\n$/);
  });

  it('changes nothing if more directors would refuse the revision than may fail', async () => {
    fleet = new SimulatedFleet(new InterceptedStore(), names, {
      options: { guards: { maxRemovals: { count: 0 } } },
    });
    await publishRules(fleet.store, rulesFor(2));
    await fleet.turns();
    await fleet.start(1);
    await fleet.run();
    await publishRules(fleet.store, rulesFor(1));
    for (const [maxFailures, sentence] of [
      [3, /\nlb1, lb2, lb3, lb4 would refuse revision 2: nothing was changed\n$/],
      [4, /\nno terminal to ask for confirmation, and no --yes: nothing was changed\n$/],
    ] as const) {
      output.text = '';
      await driveUnattended(await startUntilPlans(2, { options: { maxFailures } }));
      assert.match(
        output.text,
        /\nlb1, lb2, lb3, lb4: refused: 1 of 2 servers would be removed; the limit is 0/,
      );
      assert.match(output.text, sentence);
    }
  });

  it('prints who has intervened, and how', async () => {
    const rollout = await fleet.start(2, { holder: 'ann' });
    for (const [present, isReplaced, sentence] of [
      [undefined, true, 'the rollout is no longer in the store'],
      [rollout, true, 'ann has started another rollout, of revision 2'],
      [{ ...rollout, restores: 1 }, true, 'ann has rolled back to the rules of revision 1'],
      [rollout, false, 'ann has taken over the rollout'],
      [{ ...rollout, state: 'halted' }, false, 'ann has taken over the rollout'],
      [{ ...rollout, state: 'paused' }, false, 'ann has paused the rollout'],
      [{ ...rollout, state: 'aborted' }, false, 'ann has aborted the rollout'],
    ] as const) {
      output.text = '';
      assert.equal(reportEnd({ kind: 'taken-over', present, isReplaced }, output), 1);
      assert.equal(output.text, `${sentence}\n`);
    }
    output.text = '';
    reportEnd({ kind: 'taken-over', present: rollout, isReplaced: false, failure: 'curl: 500' }, output);
    assert.match(output.text, /^curl: 500, too late to be recorded\nann has taken over/);
  });

  it('prints that unconfirmed directors go back', async () => {
    await fleet.start(2, { canary: 2, options: { confirm: 100, bake: 50 } });
    while (!(await fleet.step()).includes('bake')) await fleet.turns();
    const state = await readFleet(fleet.store, keys);
    const rollout = await fleet.rollout();
    for (const [end, status, sentences] of [
      [
        { kind: 'left', rollout, fleet: state },
        130,
        /^Interrupted: no further director is updated .*\nlb1, lb2 go back by themselves within 100s, /,
      ],
      [
        { kind: 'ended', rollout: { ...rollout, state: 'halted', reason: 'curl: 500' }, fleet: state },
        1,
        /^the rollout of revision 2 is halted: curl: 500\nnext: .*\nlb1, lb2 go back by themselves within 100s, /,
      ],
    ] as const) {
      output.text = '';
      assert.equal(reportEnd(end, output), status);
      assert.match(output.text, sentences);
    }
  });

  it('prints that a rollout that was interrupted at the beginning is aborted', async () => {
    const rollout: Rollout = { ...(await fleet.start(2)), state: 'aborted' };
    const end = { kind: 'left', rollout, fleet: await readFleet(fleet.store, keys) } as const;
    assert.equal(reportEnd(end, output), 130);
    assert.equal(
      output.text,
      'Interrupted: the rollout of revision 2 is aborted, and nothing was changed.\n',
    );
  });
});
