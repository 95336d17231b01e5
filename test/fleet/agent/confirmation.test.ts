import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { parsedRules } from '../../../src/fleet/agent/parsed-rules.ts';
import { publishRules, rulesFor } from '../simulated-agent.ts';
import { AgentRig } from './agent-rig.ts';

let rig: AgentRig;

describe('an agent, waiting to be confirmed', () => {
  beforeEach(async () => {
    rig = await AgentRig.withTwoRevisions();
  });

  it('waits for the last rollout of its revision to confirm it', async () => {
    await rig.obey({ revision: 1 });
    await rig.obey({ rollout: 'r2', revision: 2, confirm: 60 });
    rig.time += 50_000;
    await rig.obey({ rollout: 'r3', revision: 2, confirm: 60 });
    rig.time += 50_000;
    assert.equal((await rig.turn()).applied?.revision, 2, 'the last rollout has the whole time to confirm');
    rig.time += 11_000;
    assert.equal((await rig.turn()).refusal?.code, 'not-confirmed');
    assert.equal(rig.director.rules(), rulesFor(3));
  });

  for (const last of [{}, { confirm: 60, confirmed: true }]) {
    it(`is confirmed by another rollout of its revision with the options ${JSON.stringify(last)}`, async () => {
      await rig.obey({ revision: 1 });
      await rig.obey({ rollout: 'r2', revision: 2, confirm: 60 });
      await rig.obey({ rollout: 'r3', revision: 2, ...last });
      rig.breakStore();
      rig.time += 61_000;
      assert.equal((await rig.turn()).applied?.revision, 2);
    });
  }

  it('applies another revision once the time to confirm is over, though it could not go back', async () => {
    await rig.obey({ revision: 1 });
    await rig.obey({ rollout: 'r2', revision: 2, confirm: 60 });
    rig.time += 61_000;
    rig.director.refuses = ({ table }) =>
      [...table.values()][0]?.servers.size === 3 ? 'no memory' : undefined;
    assert.match((await rig.turn()).refusal?.reason ?? '', /^cannot go back: no memory/);
    const third = await publishRules(rig.store, rulesFor(4));
    await rig.order({ rollout: 'r3', revision: third, confirm: 60 });
    assert.equal((await rig.turn()).applied?.revision, third);
    rig.director.refuses = () => undefined;
    rig.time += 61_000;
    await rig.turn();
    assert.equal(rig.director.rules(), rulesFor(3), 'it goes back to the last confirmed rules');
  });

  it('goes back if it cannot fetch another revision when the time to confirm is over', async () => {
    await rig.obey({ revision: 1 });
    await rig.obey({ rollout: 'r2', revision: 2, confirm: 60 });
    rig.time += 61_000;
    await rig.order({ rollout: 'r3', revision: await publishRules(rig.store, rulesFor(4)) });
    const orders = await rig.agent.read();
    rig.breakStore();
    await rig.agent.turnOn(orders);
    assert.equal(rig.director.rules(), rulesFor(3));
  });

  it('keeps the table if it can no longer parse the rules to go back to', async () => {
    await rig.obey({ revision: 1 });
    await rig.obey({ revision: 2, confirm: 60 });
    const { loadRules } = rig.agent.keeper;
    // As after an upgrade to a stricter parser. The loop below evicts the rules from the cache of parsed rules.
    rig.agent.keeper.loadRules = (sha256) =>
      sha256 === rig.agent.keeper.load()?.previous?.sha256
        ? 'nonsense\n'
        : loadRules.call(rig.agent.keeper, sha256);
    for (let servers = 21; servers < 25; servers++) parsedRules(`${servers}`, rulesFor(servers));
    rig.time += 60_000;
    assert.match((await rig.turn()).refusal?.reason ?? '', /the previous rules are lost/);
    assert.equal(rig.director.rules(), rulesFor(2));
  });

  it('goes back if it refuses another revision when the time to confirm is over', async () => {
    await rig.obey({ revision: 1 });
    await rig.obey({ rollout: 'r2', revision: 2, confirm: 60 });
    rig.time += 61_000;
    assert.equal((await rig.obey({ rollout: 'r3', revision: 9 })).refusal?.code, 'not-confirmed');
    assert.equal(rig.director.rules(), rulesFor(3));
  });

  it('corrects drift by a rollout of the revision to which it went back', async () => {
    await rig.obey({ revision: 1 });
    await rig.obey({ rollout: 'r2', revision: 2, confirm: 60 });
    rig.time += 61_000;
    await rig.turn();
    rig.director.setRules(rulesFor(6));
    await rig.obey({ rollout: 'r3', revision: 1 });
    assert.equal(rig.director.rules(), rulesFor(3));
  });

  it('goes back to the table from before its first revision if that is not confirmed', async () => {
    rig.director.setRules(rulesFor(7));
    await rig.obey({ revision: 1, confirm: 60 });
    assert.equal(rig.director.rules(), rulesFor(3));
    rig.time += 60_000;
    assert.equal((await rig.turn()).refusal?.code, 'not-confirmed');
    assert.equal(rig.director.rules(), rulesFor(7));
    assert.equal(rig.agent.report?.applied, undefined);
    await rig.turn();
    assert.equal(rig.director.rules(), rulesFor(7));
  });

  it('keeps an unconfirmed revision if the previous rules are lost', async () => {
    await rig.obey({ revision: 1 });
    await rig.obey({ revision: 2, confirm: 60 });
    rig.agent.keeper.loseRules();
    rig.time += 60_000;
    assert.match((await rig.turn()).refusal?.reason ?? '', /in time, but the previous rules are lost/);
    assert.equal(rig.director.rules(), rulesFor(2));
  });

  it('ignores a confirmation from a store that it does not trust', async () => {
    await rig.obey({ revision: 1 });
    await rig.obey({ revision: 2, confirm: 60 });
    rig.store.cluster = 'other';
    await rig.obey({ revision: 2, confirm: 60, confirmed: true });
    rig.time += 60_000;
    await rig.turn();
    assert.equal(rig.director.rules(), rulesFor(3));
  });

  it('goes back while the store is unreachable, and reports that until it is reachable again', async () => {
    await rig.obey({ revision: 1 });
    await rig.obey({ revision: 2, confirm: 60 });
    rig.breakStore();
    rig.time += 60_000;
    for (let turns = 0; turns < 3; turns++) {
      assert.equal((await rig.turn()).refusal?.code, 'not-confirmed');
      assert.equal(rig.director.rules(), rulesFor(3));
    }
    rig.store.failure = undefined;
    assert.equal((await rig.turn()).refusal?.code, 'not-confirmed');
    assert.equal(rig.director.rules(), rulesFor(3));
  });

  it('keeps a confirmed revision, even if the store is unreachable when the time is over', async () => {
    await rig.obey({ revision: 1, confirm: 60 });
    await rig.obey({ revision: 1, confirm: 60, confirmed: true });
    rig.breakStore();
    rig.time += 61_000;
    await rig.turn();
    assert.equal(rig.director.rules(), rulesFor(3));
  });

  it('goes back after a reboot, too', async () => {
    await rig.obey({ revision: 1 });
    await rig.obey({ revision: 2, confirm: 60 });
    rig.agent.kill();
    rig.reboot();
    rig.time += 61_000;
    rig.breakStore();
    await rig.turn();
    assert.equal(rig.director.rules(), rulesFor(3));
  });
});
