import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { keys, rulesFor } from '../simulated-agent.ts';
import { LoopRig, until } from './loop-rig.ts';

let rig: LoopRig;

describe('the loop of an agent', () => {
  beforeEach(async () => {
    rig = await LoopRig.withTwoRevisions();
  });

  afterEach(() => rig.end());

  it('reports its presence, obeys at once, and removes its presence when it is stopped', async () => {
    rig.start();
    await until(async () => (await rig.fleet()).alive.has('lb1'));
    assert.deepEqual(rig.notified, ['READY=1']);
    await rig.order(2);
    await rig.untilServers(2);
    await until(async () => (await rig.report())?.applied?.revision === 2);
    await rig.end();
    assert.equal((await rig.fleet()).alive.size, 0);
    assert.equal(rig.director.rules(), rulesFor(2), 'the table stays');
    assert.deepEqual(rig.notified, ['READY=1', 'STOPPING=1']);
  });

  it('takes few turns though somebody keeps writing to the store', async () => {
    let turns = 0;
    rig.start({ onTurn: () => turns++ });
    for (let count = 0; count < 200; count++) {
      await rig.order(1 + (count % 2), { rollout: `r${count}` });
      await sleep(10);
    }
    assert.ok(turns > 10 && turns <= 24, `${turns} turns`);
    await rig.order(2, { rollout: 'last' });
    await rig.untilServers(2);
  });

  it('logs drift once', async () => {
    await rig.order(1);
    await rig.runOnce();
    rig.director.setRules(rulesFor(4));
    rig.logged = [];
    rig.start();
    await until(() => rig.logged.length === 1);
    for (let disturbances = 0; disturbances < 3; disturbances++) {
      rig.store.disturb();
      await sleep(30);
    }
    await rig.end();
    assert.deepEqual(rig.logged, [
      'the table has drifted from revision 1; to correct it: -d -t 192.0.2.1:80 -r 10.0.0.2:80, and 2 more commands',
    ]);
  });

  it('logs that the rules to restore after a reboot are lost', async () => {
    await rig.order(1);
    await rig.runOnce();
    rig.director.reboot();
    rig.keeper.loseRules();
    rig.breakStore();
    rig.logged = [];
    await rig.runOnce({ boot: 'boot-2' });
    assert.equal(rig.logged[0], 'refused, the table is unchanged: the rules of revision 1 are lost');
  });

  it('restores the table after a reboot before it reads the store', async () => {
    await rig.order(1);
    await rig.runOnce();
    rig.director.reboot();
    const read = rig.store.read.bind(rig.store);
    rig.store.read = (path) => {
      assert.equal(rig.director.rules(), rulesFor(1), 'it has read the store first');
      return read(path);
    };
    await rig.runOnce({ boot: 'boot-2' });
  });

  it('retries a refused rollback slowly, and logs it once', async () => {
    await rig.order(1);
    await rig.runOnce();
    await rig.order(2, { rollout: 'r2', confirm: 1 });
    await rig.runOnce();
    let tries = 0;
    rig.director.refuses = () => {
      tries++;
      return 'no memory';
    };
    rig.logged = [];
    rig.start();
    await until(() => tries === 1);
    for (let disturbances = 0; disturbances < 3; disturbances++) {
      rig.store.disturb();
      await sleep(50);
    }
    await rig.end();
    assert.ok(tries <= 4, `${tries} tries`);
    assert.deepEqual(rig.logged, [
      'revision 2: not confirmed within 1 s, going back',
      'refused, the table is unchanged: cannot go back: no memory',
    ]);
  });

  it('does not send an unchanged report again', async () => {
    let reports = 0;
    rig.store.intercept = ({ puts }, commit) => {
      if (puts.some(({ key }) => key === keys.report('lb1'))) reports++;
      return commit();
    };
    rig.start();
    await until(() => reports === 1);
    // Another key changes, which makes the agent take a turn.
    await rig.override('not-a-server');
    await sleep(300);
    assert.equal(reports, 1);
  });

  it('sends its report and presence again if these were removed', async () => {
    rig.start();
    const isKnown = async () => {
      const { alive, reports } = await rig.fleet();
      return alive.has('lb1') && reports.has('lb1');
    };
    await until(isKnown);
    await rig.store.commit({ compares: [], puts: [], deletes: [keys.report('lb1'), keys.presence('lb1')] });
    await rig.order(1);
    await until(isKnown);
  });
});
