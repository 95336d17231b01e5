import { forwardingSteps } from '../forwarding.ts';
import { oneNetwork, oneNetworkLayout } from '../layouts.ts';
import type { Lesson } from '../lesson.ts';

const { vip, vip6, addresses, addresses6, client } = oneNetwork;

const drawing = [
  'client ──┬── director, has the virtual address and announces it',
  '         ├── web1      ┐',
  '         ├── web2      ├ have it too, and keep silent about it',
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
    'With direct routing the director hands each packet on as it is, to the hardware',
    'address of a server on its own network. The server takes it, as the virtual',
    'address is its own too, and answers the client itself. Nobody else must learn',
    'that it has that address: arp_ignore=1 and arp_announce=2 see to it.',
    'Nothing rewrites the port: it is the same everywhere.',
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
      answers: 'past the director',
    }),
  ],
};

/** Direct routing over IPv6. */
export const dr6: Lesson = {
  name: 'dr6',
  title: 'direct routing over IPv6',
  introduction: [
    ...drawing,
    'Direct routing works the same with IPv6. A server whose virtual address is on',
    'lo does not answer neighbour solicitations for it on the network.',
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
      answers: 'past the director',
    }),
  ],
};
