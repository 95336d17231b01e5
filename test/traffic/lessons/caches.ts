import assert from 'node:assert/strict';
import type { Answer } from '../agent.ts';
import { oneNetwork, oneNetworkLayout } from '../layouts.ts';
import type { Lesson, Step } from '../lesson.ts';
import { markingSteps } from '../marking.ts';
import { type Stage, shares } from '../stage.ts';

const { servers, addresses } = oneNetwork;

/** The destinations' port for each scheduler, and the firewall mark of its packets. */
const marks = { dh: { port: 80, mark: 1 }, lblc: { port: 81, mark: 2 }, lblcr: { port: 82, mark: 3 } };

const network = '203.0.113.0/24';

/** Schedulers that choose by the destination's address. */
export const caches: Lesson = {
  name: 'caches',
  title: 'schedulers that choose by the destination address',
  introduction: [
    'These schedulers are for web caches: requests for one destination should go to',
    `one cache. The network ${network} stands for the internet: what the client`,
    'sends there reaches the director, gets a firewall mark, and is forwarded to one',
    'of three caches, which answer for every address of that network.',
  ],
  layout: oneNetworkLayout({ services: network, bridged: true }),
  serving: Object.fromEntries(
    servers.map((name) => [name, Object.values(marks).map(({ port }) => ({ port }))]),
  ),
  steps: [
    ...markingSteps(
      Object.values(marks).map(({ port, mark }) => ({
        match: `ip daddr ${network} tcp dport ${port}`,
        mark,
      })),
    ),
    destinationHashing(),
    locality('lblc'),
    locality('lblcr'),
  ],
};

function destinationHashing(): Step {
  return {
    title: 'dh: a destination is always served by the same server',
    typed: setUp('dh', 1),
    proof: async (stage) => {
      const home = new Map<string, string>();
      for (let host = 1; host <= 20; host++) {
        const visits = await quietly(stage, 'dh', host, ['198.18.0.1', '198.18.0.2']);
        assert.deepEqual(new Set(visits.map(({ server }) => server)).size, 1);
        home.set(`203.0.113.${host}`, visits[0]?.server ?? '');
      }
      assert.deepEqual(new Set(home.values()), new Set(servers));
      stage.note('for each of 20 destinations, two clients reached the same server');
    },
  };
}

/** Returns the step on locality-based least connections, without (lblc) or with replication (lblcr). */
function locality(scheduler: 'lblc' | 'lblcr'): Step {
  const replicates = scheduler === 'lblcr';
  return {
    title: replicates
      ? 'lblcr: like lblc, but the destination then has two servers'
      : 'lblc: one server per destination, until that server is overloaded',
    words: [
      'A server is overloaded when it has more connections than its weight, and another',
      'server has fewer than half its own weight.',
    ],
    typed: setUp(scheduler, 2),
    proof: async (stage) => {
      const home = await hold(stage, scheduler, 1);
      const others = [await hold(stage, scheduler, 2), await hold(stage, scheduler, 3)];
      const first = home.server;
      assert.equal(new Set([first, ...others.map(({ server }) => server)]).size, 3);
      const again = await quietly(stage, scheduler, 1, ['198.18.0.1', '198.18.0.2', '198.18.0.3']);
      assert.deepEqual(shares(again), { [first]: 3 });
      stage.note(`203.0.113.1 is served by ${first}, whichever client asks`);

      const crowd = [home];
      for (let more = 0; more < 3; more++) crowd.push(await hold(stage, scheduler, 1));
      assert.deepEqual(shares(crowd), { [first]: 4 });
      const [idle] = others;
      if (idle) await stage.release([idle]);
      const moved = await hold(stage, scheduler, 1);
      assert.equal(moved.server, idle?.server);
      stage.note(`${first} is overloaded and ${moved.server} idle, so ${moved.server} serves 203.0.113.1`);

      await stage.release(crowd);
      const after = await hold(stage, scheduler, 1);
      assert.equal(after.server, replicates ? first : moved.server);
      stage.note(
        replicates
          ? `${first}, idle again, serves it too`
          : `it stays with ${moved.server}, although ${first} is idle again`,
      );
      await stage.release([after, moved, ...others.slice(1)]);
    },
  };
}

function setUp(scheduler: keyof typeof marks, weight: number): string[] {
  const { mark } = marks[scheduler];
  return [
    `ipvsadm -A -f ${mark} -s ${scheduler}`,
    ...addresses.map((address) => `ipvsadm -a -f ${mark} -r ${address} -g -w ${weight}`),
  ];
}

async function hold(stage: Stage, scheduler: keyof typeof marks, host: number): Promise<Answer> {
  const { port } = marks[scheduler];
  const [answer] = await stage.visit({ address: `203.0.113.${host}`, port }, { hold: true });
  assert.ok(answer);
  return answer;
}

/** Visits a destination from several clients, without narrating it. */
async function quietly(
  stage: Stage,
  scheduler: keyof typeof marks,
  host: number,
  from: readonly string[],
): Promise<Answer[]> {
  const target = { address: `203.0.113.${host}`, port: marks[scheduler].port };
  const visits = await stage.agent('client').visit(target, { times: from.length, from });
  return visits.map((visit) => {
    assert.ok(!('error' in visit), `203.0.113.${host} does not answer`);
    return visit;
  });
}
