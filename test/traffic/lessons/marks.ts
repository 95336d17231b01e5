import assert from 'node:assert/strict';
import { oneNetwork, oneNetworkLayout } from '../layouts.ts';
import type { Lesson } from '../lesson.ts';
import { markingSteps } from '../marking.ts';
import { shares } from '../stage.ts';

const { vip, servers, addresses } = oneNetwork;

const network = '203.0.113.0/24';

/** One service of several addresses and ports. */
export const marks: Lesson = {
  name: 'marks',
  title: 'services by firewall mark',
  introduction: [
    'A firewall mark makes whatever a rule can match one virtual service: here, two',
    `ports of ${vip} and one port of 203.0.113.7. With persistence, a client`,
    'reaches the same server on all of them.',
  ],
  layout: oneNetworkLayout({ services: network, bridged: true }),
  serving: Object.fromEntries(servers.map((name) => [name, [80, 443].map((port) => ({ port }))])),
  steps: [
    ...markingSteps([
      { match: `ip daddr ${vip} tcp dport { 80, 443 }`, mark: 1 },
      { match: 'ip daddr 203.0.113.7 tcp dport 80', mark: 1 },
    ]),
    {
      title: 'One service for the mark, and a client keeps its server',
      typed: [
        'ipvsadm -A -f 1 -s rr -p 300',
        ...addresses.map((address) => `ipvsadm -a -f 1 -r ${address} -g`),
      ],
      proof: async (stage) => {
        const homes = new Set<string>();
        for (const client of ['198.18.0.1', '198.18.0.2', '198.18.0.3']) {
          const options = { times: 2, from: [client] };
          const visits = [
            ...(await stage.visit({ address: vip, port: 80 }, options)),
            ...(await stage.visit({ address: vip, port: 443 }, options)),
            ...(await stage.visit({ address: '203.0.113.7', port: 80 }, options)),
          ];
          const [home, ...others] = Object.keys(shares(visits));
          assert.deepEqual(others, []);
          homes.add(home ?? '');
        }
        assert.deepEqual(homes, new Set(servers));
        stage.note('three clients reached three servers, each the same one everywhere');
      },
    },
    {
      title: 'In templates, the mark takes the place of the virtual address',
      proof: async (stage) => {
        const connections = await stage.type('ipvsadm -Lnc --persistent-conn | grep -w IP');
        assert.match(connections, /^IP +[0-9:]+ +\S+ +198\.18\.0\.1:0 +0\.0\.0\.1:0 +\S+:0 *$/m);
      },
    },
  ],
};
