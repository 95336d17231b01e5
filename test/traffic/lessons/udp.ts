import assert from 'node:assert/strict';
import { oneNetwork, oneNetworkLayout } from '../layouts.ts';
import type { Lesson } from '../lesson.ts';
import { shares } from '../stage.ts';

const { vip, servers, addresses } = oneNetwork;

/** Datagrams, scheduled as connections and one by one. */
export const udp: Lesson = {
  name: 'udp',
  title: 'UDP, with and without one-packet scheduling',
  introduction: [
    'UDP has no connections, so IPVS treats all datagrams from one client port as a',
    'connection. With one-packet scheduling (--ops), it schedules each datagram anew.',
  ],
  layout: oneNetworkLayout(),
  serving: Object.fromEntries(
    servers.map((name) => [name, [53, 54].map((port) => ({ port, protocol: 'udp', address: vip }) as const)]),
  ),
  steps: [
    {
      title: 'Datagrams from one port go to one server',
      typed: setUp(53, ''),
      proof: async (stage) => {
        const target = { address: vip, port: 53 };
        const together = await stage.sendAnswered(target, { times: 6 });
        assert.deepEqual(Object.values(shares(together)), [6]);
        const apart = await stage.sendAnswered(target, { times: 6, newPorts: true });
        assert.deepEqual(shares(apart), { web1: 2, web2: 2, web3: 2 });
        for (const { peer } of [...together, ...apart]) assert.equal(peer, vip);
        const connections = await stage.type('ipvsadm -Lnc');
        assert.equal(connections.match(/^UDP .*:53 /gm)?.length, 7);
      },
    },
    {
      title: 'With --ops, every datagram is scheduled separately',
      typed: setUp(54, ' --ops'),
      proof: async (stage) => {
        const answers = await stage.sendAnswered({ address: vip, port: 54 }, { times: 6 });
        assert.deepEqual(shares(answers), { web1: 2, web2: 2, web3: 2 });
        assert.equal(new Set(answers.map(({ clientPort }) => clientPort)).size, 1);
        assert.ok(!(await stage.run('ipvsadm -Lnc')).includes(`${vip}:54`));
        stage.note('and the director keeps no connection entry for them');
      },
    },
    {
      title: 'The counters include all datagrams',
      proof: async (stage) => {
        const listed = await stage.eventually(
          () => stage.listed(),
          (all) => all.get(`${vip}:54`)?.inPackets === 6,
        );
        await stage.type('ipvsadm -Ln --stats');
        assert.equal(listed.get(`${vip}:53`)?.inPackets, 12);
        assert.equal(listed.get(`${vip}:53`)?.connections, 7);
        assert.equal(listed.get(`${vip}:54`)?.inPackets, 6);
      },
    },
  ],
};

function setUp(port: number, options: string): string[] {
  return [
    `ipvsadm -A -u ${vip}:${port} -s rr${options}`,
    ...addresses.map((address) => `ipvsadm -a -u ${vip}:${port} -r ${address} -g`),
  ];
}
