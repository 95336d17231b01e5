import { forwardingSteps } from '../forwarding.ts';
import { oneNetwork, oneNetworkLayout } from '../layouts.ts';
import type { Lesson } from '../lesson.ts';

const { vip, vip6, addresses, addresses6, client } = oneNetwork;

const drawing = [
  'client ──┬── director, which has the virtual address and announces it',
  '         ├── web1      ┐',
  '         ├── web2      ├ have it too, but do not announce it',
  '         └── web3      ┘',
  '',
];

const servers = { web1: 'virtual', web2: 'virtual', web3: 'virtual' } as const;
const serving = { web1: [{ port: 80 }], web2: [{ port: 80 }], web3: [{ port: 80 }] };

/** Direct routing: the director forwards packets unchanged. */
export const dr: Lesson = {
  name: 'dr',
  title: 'direct routing',
  introduction: [
    ...drawing,
    'With direct routing, the director forwards each packet unchanged to the hardware',
    'address of a real server on its own network. The server accepts it, as it has',
    'the virtual address too, and answers the client directly. It must not announce',
    'that address on the network: arp_ignore=1 and arp_announce=2 prevent that.',
    'The port is not rewritten, so the servers listen on the port of the service.',
  ],
  layout: oneNetworkLayout(),
  serving,
  url: `http://${vip}/`,
  steps: [
    {
      title: 'Three servers behind one virtual address',
      typed: [
        `ipvsadm -A -t ${vip}:80 -s rr`,
        ...addresses.map((address) => `ipvsadm -a -t ${vip}:80 -r ${address} -g`),
        'ipvsadm -Ln',
      ],
    },
    ...forwardingSteps({
      service: { address: vip, port: 80 },
      client,
      servers,
      answers: 'straight to the client',
    }),
  ],
};

/** Direct routing over IPv6. */
export const dr6: Lesson = {
  name: 'dr6',
  title: 'direct routing over IPv6',
  introduction: [
    ...drawing,
    'Direct routing works the same way with IPv6. A server that has the virtual',
    'address on lo does not answer neighbour solicitations for it on the network.',
  ],
  layout: oneNetworkLayout(),
  serving,
  url: `http://[${vip6}]/`,
  steps: [
    {
      title: 'Three servers behind one virtual address',
      typed: [
        `ipvsadm -A -t [${vip6}]:80 -s rr`,
        ...addresses6.map((address) => `ipvsadm -a -t [${vip6}]:80 -r ${address} -g`),
        'ipvsadm -Ln',
      ],
    },
    ...forwardingSteps({
      service: { address: vip6, port: 80 },
      client: 'fd00:10::10',
      servers,
      answers: 'straight to the client',
    }),
  ],
};
