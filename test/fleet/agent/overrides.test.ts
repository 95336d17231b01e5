import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { PlanOptions } from '../../../src/rules/plan.ts';
import { keys, publishRules, rulesFor } from '../simulated-agent.ts';
import { AgentRig } from './agent-rig.ts';

let rig: AgentRig;

describe('an agent, taking servers out of service', () => {
  beforeEach(async () => {
    rig = await AgentRig.withTwoRevisions();
  });

  it('keeps a server out of service across rollouts, and restores its weight afterwards', async () => {
    await rig.obey({ revision: 1 });
    await rig.override('10.0.0.1');
    await rig.turn();
    assert.equal(rig.director.weightOf('tcp 192.0.2.1 80', '10.0.0.1 80'), 0);
    const { drift, overrides } = await rig.obey({ revision: 2 });
    assert.equal(
      rig.director.weightOf('tcp 192.0.2.1 80', '10.0.0.1 80'),
      0,
      'a rollout does not put it back into service',
    );
    const { entries } = await rig.store.read(keys.override('10.0.0.1'));
    const observed = Number(entries[0]?.modRevision);
    assert.deepEqual(
      [drift.commands, overrides],
      [0, [{ server: '10.0.0.1', observed, servers: 1, connections: 0 }]],
    );
    rig.breakStore();
    await rig.turn();
    assert.equal(rig.director.weightOf('tcp 192.0.2.1 80', '10.0.0.1 80'), 0);
    rig.store.failure = undefined;
    await rig.release('10.0.0.1');
    await rig.turn();
    assert.equal(rig.director.rules(), rulesFor(2));
  });

  it('restores the weight of a server though it was killed while taking it out of service', async () => {
    await rig.obey({ revision: 1 });
    await rig.override('10.0.0.1');
    const { save } = rig.agent.keeper;
    rig.agent.keeper.save = (memory) => {
      if (rig.director.weightOf('tcp 192.0.2.1 80', '10.0.0.1 80') === 0) throw new Error('killed');
      save.call(rig.agent.keeper, memory);
    };
    await assert.rejects(rig.turn(), /killed/);
    rig.agent.keeper.save = save;
    rig.agent.kill();
    await rig.release('10.0.0.1');
    await rig.turn();
    assert.equal(rig.director.rules(), rulesFor(3));
  });

  it('restores the table from before its first revision with unchanged weights', async () => {
    rig.director.setRules(rulesFor(5));
    await rig.override('10.0.0.1');
    await rig.obey({ revision: 1, confirm: 60 });
    rig.time += 61_000;
    await rig.turn();
    assert.equal(rig.director.rules(), rulesFor(5));
  });

  it('changes a service with a drifted scheduler only once', async () => {
    await rig.obey({ revision: await publishRules(rig.store, rulesFor(3, 80, 'sh')) });
    rig.director.setRules(rulesFor(3, 80, 'wlc'));
    await rig.override('10.0.0.1');
    await rig.turn();
    const { changes } = rig.director;
    await rig.turn();
    assert.equal(rig.director.changes, changes);
  });

  it('takes a server out of the services that it owns only', async () => {
    const options: PlanOptions = { owns: (service) => service.kind === 'address' && service.port === 80 };
    rig.replaceAgent({ options });
    await rig.obey({ revision: await publishRules(rig.store, rulesFor(3) + rulesFor(3, 81)) });
    await rig.override('10.0.0.1');
    await rig.turn();
    const weightAt = (port: number) => rig.director.weightOf(`tcp 192.0.2.1 ${port}`, '10.0.0.1 80');
    assert.deepEqual([weightAt(80), weightAt(81)], [0, 1]);
    await rig.release('10.0.0.1');
    await rig.turn();
    assert.deepEqual([weightAt(80), weightAt(81)], [1, 1]);
  });

  it('refuses to take the last active server of a service out of service', async () => {
    await rig.obey({ revision: 2 });
    await rig.override('10.0.0.1:80');
    // The clock of the operator who orders this is an hour behind.
    await rig.override('10.0.0.2:80', '2026-11-28T21:00:00.000Z');
    const { overrides } = await rig.turn();
    assert.equal(rig.director.weightOf('tcp 192.0.2.1 80', '10.0.0.1 80'), 0);
    assert.equal(rig.director.weightOf('tcp 192.0.2.1 80', '10.0.0.2 80'), 1);
    assert.match(overrides[1]?.refused ?? '', /left with 0 of 2 servers/);
  });

  it('keeps drained servers out of service, and refuses a later order that would leave too few', async () => {
    const options = { guards: { minServers: { count: 2 } } };
    rig.replaceAgent({ options });
    await rig.order({ revision: 1 });
    await rig.override('10.0.0.1');
    await rig.turn();
    await rig.release('10.0.0.1');
    await rig.override('10.0.0.2');
    await rig.override('10.0.0.1');
    const { overrides } = await rig.turn();
    assert.deepEqual(rig.weights(), [0, 1, 1]);
    assert.deepEqual(
      overrides.map(({ server, refused }) => [server, refused !== undefined]),
      [
        ['10.0.0.1', false],
        ['10.0.0.2', true],
      ],
    );
  });

  it('reports an override only once it has changed the table', async () => {
    await rig.obey({ revision: 1 });
    const { carryOut } = rig.director;
    rig.director.carryOut = async () => ({ kind: 'locked', reason: 'somebody is at it' });
    await rig.override('10.0.0.1');
    assert.deepEqual((await rig.turn()).overrides, []);
    rig.director.carryOut = carryOut;
    assert.equal((await rig.turn()).overrides.length, 1);
    rig.director.carryOut = async () => ({ kind: 'locked', reason: 'somebody is at it' });
    await rig.release('10.0.0.1');
    assert.equal((await rig.turn()).overrides.length, 1, 'the server is not back in service yet');
    await rig.end('10.0.0.1');
    assert.equal(
      (await rig.turn()).overrides[0]?.observed,
      undefined,
      'an ended override is no longer an order',
    );
    rig.director.carryOut = carryOut;
    assert.deepEqual((await rig.turn()).overrides, []);
  });

  it('reports no override before its first revision', async () => {
    await rig.override('10.0.0.1');
    const { applied, overrides } = await rig.turn();
    assert.deepEqual([applied, overrides], [undefined, []]);
  });

  it('reports why it cannot take a server out of service', async () => {
    await rig.obey({ revision: 1 });
    rig.director.carryOut = async () => ({ kind: 'kernel', reason: 'no memory' });
    await rig.override('10.0.0.1');
    const { overrides, refusal } = await rig.turn();
    assert.deepEqual([overrides[0]?.refused, refusal?.reason], ['no memory', 'no memory']);
    rig.agent.keeper.loseRules();
    assert.match((await rig.turn()).overrides[0]?.refused ?? '', /are lost$/);
  });

  it('sends clients of a hashing scheduler to another server meanwhile', async () => {
    const rules = rulesFor(2, 80, 'sh');
    await rig.obey({ revision: await publishRules(rig.store, rules) });
    await rig.override('10.0.0.1');
    const { drift } = await rig.turn();
    assert.match(rig.director.rules(), /-s sh -b sh-fallback,flag-3/);
    assert.equal(drift.commands, 0);
    await rig.release('10.0.0.1');
    await rig.turn();
    assert.equal(rig.director.rules(), rules);
  });
});
