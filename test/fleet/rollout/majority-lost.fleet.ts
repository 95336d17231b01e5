import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EtcdCluster } from '../etcd/cluster.ts';
import { etcdVersions } from '../etcd/package.ts';
import { LiveAgent, LiveFleet, until } from '../live-fleet.ts';
import { rulesFor } from '../simulated-agent.ts';

/** Seconds, more than the lease of an agent and its interval between two reads of a store where nothing changes. */
const outage = Number(process.env.IPVSADM_FLEET_OUTAGE ?? 42);

describe(`etcd without a majority for ${outage} s`, { concurrency: etcdVersions.length }, () => {
  for (const version of etcdVersions) {
    it(`changes no table in the middle of a rollout, except unconfirmed ones (${version})`, async () => {
      const cluster = await EtcdCluster.start({ version, members: 3 });
      const open = () => cluster.open({ timeout: 1000 });
      const names = ['lb1', 'lb2', 'lb3', 'lb4'];
      const agents = names.map((name) => new LiveAgent(name, 'web', open));
      const [first, second, third, fourth] = agents;
      assert.ok(first && second && third && fourth);
      const others: readonly LiveAgent[] = [second, third, fourth];
      const store = open();
      const fleet = new LiveFleet('web', store, agents);
      const demandRules = (servers: readonly number[]) =>
        assert.deepEqual(
          agents.map(({ director }) => director.rules()),
          servers.map((count) => rulesFor(count)),
        );
      try {
        await fleet.start();
        await fleet.publish(rulesFor(1));
        await fleet.publish(rulesFor(2));
        await fleet.publish(rulesFor(3));
        assert.equal((await fleet.rollOut(1)).state, 'done');
        // Revision 2 is rolled out; the canary of revision 3 is not confirmed yet when the store is lost.
        assert.equal((await fleet.rollOut(2)).state, 'done');
        const driving = fleet.drive(await fleet.begin(3, { bake: 20, confirm: 35, deadline: 300 }));
        await until(() => first.report?.applied?.revision === 3);
        demandRules([3, 2, 2, 2]);

        const lost = cluster.members.slice(0, 2);
        await Promise.all(lost.map((member) => member.kill()));
        const end = Date.now() + outage * 1000;
        // One agent restarts, and one machine reboots.
        await second.end();
        second.start();
        await third.end();
        third.director.reboot();
        third.start('boot-2');
        await until(() => third.director.rules() === rulesFor(2));
        while (Date.now() < end) {
          const isInTime = Date.now() < end - (outage - 25) * 1000;
          if (isInTime) demandRules([3, 2, 2, 2]);
          else for (const one of others) assert.equal(one.director.rules(), rulesFor(2));
          await sleep(500);
        }
        // Nobody could confirm revision 3.
        demandRules([2, 2, 2, 2]);
        assert.equal(first.report?.refusal?.code, 'not-confirmed');

        for (const member of lost) member.start();
        await cluster.ready();
        const ended = await driving;
        assert.equal(ended.kind, 'ended');
        assert.match(
          (ended.kind === 'ended' && ended.rollout.reason) || '',
          /^lb1: .*not confirmed within 35 s/,
        );
        demandRules([2, 2, 2, 2]);
      } finally {
        await fleet.close();
        await store.close();
        await cluster.close();
      }
    });
  }
});
