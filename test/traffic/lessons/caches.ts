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
  title: 'schedulers that choose by the address of the destination',
  introduction: [
    'These schedulers are for caches: requests for one destination should come to',
    `one cache. The network ${network} stands for the internet: whatever the`,
    'client sends there passes the director, gets a firewall mark, and is handed to',
    'one of three caches, which answer for every address of that network.',
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
    title: 'dh: a destination always belongs to the same server',
    typed: setUp('dh', 1),
    proof: async (stage) => {
      const home = new Map<string, string>();
      for (let host = 1; host <= 20; host++) {
        const visits = await quietly(stage, 'dh', host, ['198.18.0.1', '198.18.0.2']);
        assert.deepEqual(new Set(visits.map(({ server }) => server)).size, 1);
        home.set(`203.0.113.${host}`, visits[0]?.server ?? '');
      }
      assert.deepEqual(new Set(home.values()), new Set(servers));
      stage.note('two clients visited 20 destinations, and each time both met the same server');
    },
  };
}

/** Returns the step on locality-based least connections, without (lblc) or with replication (lblcr). */
function locality(scheduler: 'lblc' | 'lblcr'): Step {
  const replicates = scheduler === 'lblcr';
  return {
    title: replicates
      ? 'lblcr: as lblc, but the destination has two servers from then on'
      : 'lblc: one server for a destination, until that is overloaded',
    words: [
      'Overloaded is a server with more connections than its weight while another has',
      'less than half of its own.',
    ],
    typed: setUp(scheduler, 2),
    proof: async (stage) => {
      const home = await hold(stage, scheduler, 1);
      const others = [await hold(stage, scheduler, 2), await hold(stage, scheduler, 3)];
      const first = home.server;
      assert.equal(new Set([first, ...others.map(({ server }) => server)]).size, 3);
      const again = await quietly(stage, scheduler, 1, ['198.18.0.1', '198.18.0.2', '198.18.0.3']);
      assert.deepEqual(shares(again), { [first]: 3 });
      stage.note(`203.0.113.1 belongs to ${first}, whoever asks`);

      const crowd = [home];
      for (let more = 0; more < 3; more++) crowd.push(await hold(stage, scheduler, 1));
      assert.deepEqual(shares(crowd), { [first]: 4 });
      const [idle] = others;
      if (idle) await stage.release([idle]);
      const moved = await hold(stage, scheduler, 1);
      assert.equal(moved.server, idle?.server);
      stage.note(`${first} is overloaded, ${moved.server} idle: it takes 203.0.113.1 over`);

      await stage.release(crowd);
      const after = await hold(stage, scheduler, 1);
      assert.equal(after.server, replicates ? first : moved.server);
      stage.note(
        replicates
          ? `${first}, now idle, serves it too`
          : `it stays with ${moved.server}, though ${first} is idle now`,
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
