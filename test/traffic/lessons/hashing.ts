import assert from 'node:assert/strict';
import type { Answer } from '../agent.ts';
import { oneNetwork, oneNetworkLayout } from '../layouts.ts';
import type { Lesson } from '../lesson.ts';
import { type Stage, shares } from '../stage.ts';

const { vip, servers, addresses } = oneNetwork;

const ports = { sh: 8001, shPort: 8002, mh: 8003 };

/** Addresses of many clients. */
const crowd = Array.from({ length: 60 }, (_, index) => `198.18.0.${index + 1}`);

/** Schedulers that choose by the client's address. */
export const hashing: Lesson = {
  name: 'hashing',
  title: "schedulers that choose by the client's address",
  introduction: [
    "These schedulers hash the client's address to find the server, so they need not",
    'remember who used which. The client here has 60 addresses, to act as 60 clients.',
  ],
  layout: oneNetworkLayout(),
  serving: Object.fromEntries(servers.map((name) => [name, Object.values(ports).map((port) => ({ port }))])),
  steps: [
    {
      title: 'sh: a client always reaches the same server',
      typed: setUp('sh', ports.sh),
      proof: async (stage) => {
        const before = await homes(stage, ports.sh);
        const after = await homesWithoutWeb3(stage, ports.sh);
        stage.note(`without web3, ${moved(before, after)} clients of web1 and web2 changed their server too`);
      },
    },
    {
      title: "sh with sh-port: the client's port counts too",
      typed: setUp('sh -b sh-port', ports.shPort),
      proof: async (stage) => {
        const visits = await stage.visit({ address: vip, port: ports.shPort }, { times: 30 });
        assert.deepEqual(Object.keys(shares(visits)), [...servers]);
      },
    },
    {
      title: 'mh: nearly all clients keep their server when another one is removed',
      typed: setUp('mh', ports.mh),
      proof: async (stage) => {
        const before = await homes(stage, ports.mh);
        const after = await homesWithoutWeb3(stage, ports.mh);
        const count = moved(before, after);
        stage.note(`without web3, ${count} clients of web1 and web2 changed their server too`);
        assert.ok(count <= crowd.length / 20, `${count} of ${crowd.length} moved`);
      },
    },
  ],
};

function setUp(scheduler: string, port: number): string[] {
  const service = `-t ${vip}:${port}`;
  return [
    `ipvsadm -A ${service} -s ${scheduler}`,
    ...addresses.map((address) => `ipvsadm -a ${service} -r ${address} -g`),
  ];
}

/** Returns the server of every client; each client visits twice, and must reach the same server. */
async function homes(stage: Stage, port: number): Promise<Map<string, string>> {
  const visits = await stage.visit({ address: vip, port }, { times: 2 * crowd.length, from: crowd });
  const home = new Map(visits.map(({ client, server }) => [client, server]));
  assert.equal(home.size, crowd.length);
  for (const { client, server } of visits) assert.equal(server, home.get(client), client);
  stage.note(`each of ${crowd.length} clients reached the same server both times`);
  return home;
}

async function homesWithoutWeb3(stage: Stage, port: number): Promise<readonly Answer[]> {
  await stage.type(`ipvsadm -d -t ${vip}:${port} -r ${addresses[2]}`);
  return stage.visit({ address: vip, port }, { times: crowd.length, from: crowd });
}

/** Returns the number of clients that are on another server now, though their former one was not removed. */
function moved(before: ReadonlyMap<string, string>, after: readonly Answer[]): number {
  const others = after.filter(({ client }) => before.get(client) !== 'web3');
  return others.filter(({ client, server }) => before.get(client) !== server).length;
}
