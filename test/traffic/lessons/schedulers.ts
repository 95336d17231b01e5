import assert from 'node:assert/strict';
import type { Answer } from '../agent.ts';
import { oneNetwork, oneNetworkLayout } from '../layouts.ts';
import type { Lesson, Step } from '../lesson.ts';
import { type Stage, shares } from '../stage.ts';

const { vip, servers, addresses } = oneNetwork;

/** The port of each step's service: connections left over from one step must not count in the next. */
const ports = {
  rr: 8001,
  wrr: 8002,
  lc: 8003,
  wlc: 8004,
  sed: 8005,
  nq: 8006,
  fo: 8007,
  ovf: 8008,
  zero: 8009,
};

/** Schedulers that look for another server when the one they choose has weight 0. */
const searching = [
  ...['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'sed', 'nq', 'fo', 'ovf'],
  ...['sh -b sh-fallback', 'mh -b mh-fallback'],
];

/** Schedulers that refuse the clients of a server with weight 0. */
const refusing = ['dh', 'sh', 'mh'];

/** Ports of a service for each of these schedulers, apart from the ports of the steps. */
const every = new Map([...searching, ...refusing].map((scheduler, index) => [scheduler, 8101 + index]));

/** Schedulers that distribute connections in turn or by load. */
export const schedulers: Lesson = {
  name: 'schedulers',
  title: 'schedulers that distribute in turn or by load',
  introduction: [
    'The scheduler of a virtual service chooses the real server for each new',
    'connection. Established connections are active: clients that stay connected are',
    "load. A server's weight is its relative capacity.",
  ],
  layout: oneNetworkLayout(),
  serving: Object.fromEntries(
    servers.map((name) => [name, [...Object.values(ports), ...every.values()].map((port) => ({ port }))]),
  ),
  steps: [
    roundRobin(),
    weightedRoundRobin(),
    leastConnections(),
    weightedLeastConnections(),
    shortestExpectedDelay(),
    neverQueue(),
    failOver(),
    overflow(),
    weightZero(),
    weightZeroEverywhere(),
  ],
};

function roundRobin(): Step {
  return {
    title: 'rr: the servers take turns',
    typed: setUp('rr', ports.rr, [1, 1, 1]),
    proof: async (stage) => {
      const visits = await visit(stage, ports.rr, 9);
      assert.deepEqual(shares(visits), { web1: 3, web2: 3, web3: 3 });
      for (const [index, { server }] of visits.entries())
        if (index >= 3) assert.equal(server, visits[index - 3]?.server);
      stage.note(`in this order: ${visits.map(({ server }) => server).join(' ')}`);
    },
  };
}

function weightedRoundRobin(): Step {
  return {
    title: 'wrr: the servers take turns, in proportion to their weights',
    typed: setUp('wrr', ports.wrr, [1, 2, 3]),
    proof: async (stage) => {
      const visits = await visit(stage, ports.wrr, 12);
      stage.note(`in this order: ${visits.map(({ server }) => server).join(' ')}`);
      // 1 to 2 to 3, in every round of 6.
      for (const round of [visits.slice(0, 6), visits.slice(6)])
        assert.deepEqual(shares(round), { web1: 1, web2: 2, web3: 3 });
    },
  };
}

function leastConnections(): Step {
  return {
    title: 'lc: the server with the fewest connections',
    typed: setUp('lc', ports.lc, [1, 1, 1]),
    proof: async (stage) => {
      const held = await hold(stage, ports.lc, 6);
      assert.deepEqual(shares(held), { web1: 2, web2: 2, web3: 2 });
      stage.note('the clients of web2 disconnect');
      await stage.release(held.filter(({ server }) => server === 'web2'));
      const next = await hold(stage, ports.lc, 2);
      assert.deepEqual(shares(next), { web2: 2 });
      await stage.release([...next, ...held.filter(({ server }) => server !== 'web2')]);
    },
  };
}

function weightedLeastConnections(): Step {
  return {
    title: 'wlc: the server with the fewest connections relative to its weight',
    typed: setUp('wlc', ports.wlc, [1, 2, 3]),
    proof: async (stage) => {
      const held = await hold(stage, ports.wlc, 12);
      assert.deepEqual(shares(held), { web1: 2, web2: 4, web3: 6 });
      checkChoices(held, [1, 2, 3], (active, weight) => active / weight);
      await stage.release(held);
    },
  };
}

function shortestExpectedDelay(): Step {
  return {
    title: 'sed: the shortest expected delay, (connections + 1) / weight',
    words: ['A slow server thus gets nothing while the fast ones have few connections.'],
    typed: setUp('sed', ports.sed, [1, 10, 10]),
    proof: async (stage) => {
      const held = await hold(stage, ports.sed, 22);
      checkChoices(held, [1, 10, 10], (active, weight) => (active + 1) / weight);
      assert.equal(shares(held.slice(0, 18)).web1, undefined);
      stage.note('web1 got no connection until the others had 9 each');
      await stage.release(held);
    },
  };
}

function neverQueue(): Step {
  return {
    title: 'nq: an idle server, even a slow one; without one, like sed',
    typed: setUp('nq', ports.nq, [1, 10, 10]),
    proof: async (stage) => {
      const held = await hold(stage, ports.nq, 9);
      assert.deepEqual(shares(held.slice(0, 3)), { web1: 1, web2: 1, web3: 1 });
      assert.equal(shares(held.slice(3)).web1, undefined);
      stage.note('the first three went to one server each, the others to the fast servers');
      await stage.release(held);
    },
  };
}

function failOver(): Step {
  return {
    title: 'fo: the server with the highest weight; at weight 0, the next',
    typed: setUp('fo', ports.fo, [1, 5, 3]),
    proof: async (stage) => {
      assert.deepEqual(shares(await visit(stage, ports.fo, 5)), { web2: 5 });
      await stage.type(`ipvsadm -e -t ${vip}:${ports.fo} -r ${addresses[1]} -g -w 0`);
      assert.deepEqual(shares(await visit(stage, ports.fo, 5)), { web3: 5 });
    },
  };
}

function overflow(): Step {
  return {
    title: 'ovf: the server with the highest weight, until its connections exceed that',
    typed: setUp('ovf', ports.ovf, [2, 3, 1]),
    proof: async (stage) => {
      const held = await hold(stage, ports.ovf, 9);
      stage.note(`in this order: ${held.map(({ server }) => server).join(' ')}`);
      assert.deepEqual(shares(held.slice(0, 4)), { web2: 4 });
      assert.deepEqual(shares(held.slice(4, 7)), { web1: 3 });
      assert.deepEqual(shares(held.slice(7)), { web3: 2 });
      await stage.release(held);
    },
  };
}

function weightZero(): Step {
  return {
    title: 'Weight 0: no new connections, but the open ones continue',
    typed: setUp('rr', ports.zero, [1, 1, 1]),
    proof: async (stage) => {
      const held = await hold(stage, ports.zero, 3);
      await stage.type(`ipvsadm -e -t ${vip}:${ports.zero} -r ${addresses[0]} -g -w 0`);
      assert.deepEqual(shares(await visit(stage, ports.zero, 6)), { web2: 3, web3: 3 });
      assert.deepEqual(
        (await stage.again(held)).map(({ server }) => server),
        held.map(({ server }) => server),
      );
      stage.note('the client that is connected to web1 is still answered there');
      await stage.release(held);
    },
  };
}

function weightZeroEverywhere(): Step {
  return {
    title: 'Weight 0: no new connections, with any scheduler',
    words: [
      'A client connects, its server gets weight 0, and the client connects again.',
      'dh, sh and mh keep their choice, so the client is refused; with -b sh-fallback',
      'or -b mh-fallback, sh and mh choose another server.',
    ],
    proof: async (stage) => {
      const rules = [...every].flatMap(([scheduler, port]) => setUp(scheduler, port, [1, 1, 1]));
      await runRules(stage, rules);
      const closed = new Map<string, string>();
      for (const [scheduler, port] of every) {
        const [first] = await visit(stage, port, 1);
        closed.set(scheduler, first?.server ?? '');
      }
      const names: readonly string[] = servers;
      const closing = [...every].map(([scheduler, port]) => {
        const address = addresses[names.indexOf(closed.get(scheduler) ?? '')];
        return `ipvsadm -e -t ${vip}:${port} -r ${address} -g -w 0`;
      });
      await runRules(stage, closing);
      for (const scheduler of searching) {
        const again = await visit(stage, every.get(scheduler) ?? 0, 4);
        assert.equal(shares(again)[closed.get(scheduler) ?? ''], undefined, scheduler);
        stage.note(`${scheduler}: ${closed.get(scheduler)}, with weight 0, gets nothing`);
      }
      for (const scheduler of refusing) {
        const [again] = await stage.tryToVisit({ address: vip, port: every.get(scheduler) ?? 0 });
        assert.ok(again && 'error' in again && again.error.includes('ECONNREFUSED'), scheduler);
        stage.note(`${scheduler}: the client of ${closed.get(scheduler)}, with weight 0, is refused`);
      }
    },
  };
}

/** Runs many commands in one process of ipvsadm. */
function runRules(stage: Stage, lines: readonly string[]): Promise<string> {
  return stage.run(['ipvsadm -R <<END', ...lines, 'END'].join('\n'));
}

function setUp(scheduler: string, port: number, weights: readonly number[]): string[] {
  return [
    `ipvsadm -A -t ${vip}:${port} -s ${scheduler}`,
    ...weights.map((weight, index) => {
      const options = weight === 1 ? '-g' : `-g -w ${weight}`;
      return `ipvsadm -a -t ${vip}:${port} -r ${addresses[index]} ${options}`;
    }),
  ];
}

function visit(stage: Stage, port: number, times: number): Promise<Answer[]> {
  return stage.visit({ address: vip, port }, { times });
}

function hold(stage: Stage, port: number, times: number): Promise<Answer[]> {
  return stage.visit({ address: vip, port }, { times, hold: true });
}

/** Checks open visits, in order: each must have gone to a server with the least load, as `load` defines it. */
function checkChoices(
  held: readonly Answer[],
  weights: readonly number[],
  load: (active: number, weight: number) => number,
): void {
  const names: readonly string[] = servers;
  const active = new Map(names.map((name) => [name, 0]));
  for (const { server } of held) {
    const loads = names.map((name, index) => load(active.get(name) ?? 0, weights[index] ?? 0));
    const chosen = loads[names.indexOf(server)];
    assert.equal(chosen, Math.min(...loads), `${server} was chosen among loads of ${loads.join(', ')}`);
    active.set(server, (active.get(server) ?? 0) + 1);
  }
}
