import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { address } from '../ipvs/values.ts';
import { type Explanation, explained, nat, natBoth, nowhere, routes, rules, two } from './explained.ts';
import { here } from './snapshot.ts';

const gateway = { to: 'out', interface: 'lan', gateway: address('192.0.2.254') } as const;

const cases: readonly Explanation[] = [
  [
    'a service without a scheduler',
    explained(['-A -t 192.0.2.100:80 -s none', '-a -t 192.0.2.100:80 -r 10.0.0.11:80 -m']),
    ['The service has no scheduler.', 'nothing chooses a server for its connections, so they are refused'],
  ],
  [
    'services without a scheduler',
    explained(rules(2, '-m', '10.0.0.11:80').map((rule) => rule.replace('rr', 'none'))),
    ['2 services have no scheduler.', 'nothing chooses a server for their connections, so they are refused'],
  ],
  [
    'a service without servers',
    explained(rules(1, '')),
    ['The service has no real servers.', 'its connections are refused'],
  ],
  [
    'services without servers',
    explained(rules(2, '')),
    ['2 services have no real servers.', 'their connections are refused'],
  ],
  [
    'an only server with weight 0',
    explained(rules(1, '-m -w 0', '10.0.0.11:80')),
    ['No server accepts new connections.', 'its only server has weight 0'],
  ],
  [
    'a service whose servers have weight 0',
    explained(rules(1, '-m -w 0', ...two)),
    ['No server accepts new connections.', 'all its 2 servers have weight 0'],
  ],
  [
    'services whose servers have weight 0',
    explained(rules(2, '-m -w 0', ...two)),
    ['2 services have no server that accepts new connections.', 'all their 4 servers have weight 0'],
  ],
  [
    'a scheduler without a fallback',
    explained(
      [...rules(1, '-g -w 0', '192.0.2.11:80'), '-a -t 192.0.2.100:80 -r 192.0.2.12:80 -g'].map((rule) =>
        rule.replace('-s rr', '-s dh'),
      ),
    ),
    [
      'The scheduler dh refuses the clients of server 192.0.2.11:80.',
      'it has weight 0, and dh chooses by a hash alone: clients that hash to it are refused, although other servers are available',
      'dh has no fallback flag; without it, the clients are shared among the other servers',
    ],
  ],
  [
    'a scheduler with a fallback flag',
    explained(
      [
        ...rules(1, '-g -w 0', '192.0.2.11:80', '192.0.2.13:80'),
        '-a -t 192.0.2.100:80 -r 192.0.2.12:80 -g',
      ].map((rule) => rule.replace('-s rr', '-s mh')),
    ),
    [
      'The scheduler mh refuses the clients of 2 servers.',
      'they have weight 0, and mh chooses by a hash alone: clients that hash to them are refused, although other servers are available',
      'mh skips only servers that were added with weight 0',
      'with its fallback flag, mh chooses another server for them',
    ],
  ],
  [
    'a server with the method Local',
    explained(nat, {}, 'local'),
    [
      'Connections to server 10.0.0.11:80 stay on the director.',
      'its forwarding method is Local, which only programs other than ipvsadm set',
      'it delivers packets on this machine, but the address is not one of this machine',
      'so nothing is balanced: either a program here answers, or nothing does',
    ],
  ],
  [
    'servers with the method Local',
    explained(natBoth, {}, 'local'),
    [
      'Connections to 2 servers stay on the director.',
      'their forwarding method is Local, which only programs other than ipvsadm set',
      'it delivers packets on this machine, but the addresses are not of this machine',
      'so nothing is balanced: either a program here answers, or nothing does',
    ],
  ],
  [
    'a server with the method Bypass',
    explained(nat, {}, 'bypass'),
    [
      'No packets are sent to server 10.0.0.11:80.',
      'its forwarding method is Bypass, which only programs other than ipvsadm set',
      'it sends packets to their original destination, never to a server',
      'that destination is this machine, so they are dropped',
    ],
  ],
  [
    'servers with the method Bypass',
    explained(natBoth, {}, 'bypass'),
    [
      'No packets are sent to 2 servers.',
      'their forwarding method is Bypass, which only programs other than ipvsadm set',
      'it sends packets to their original destination, never to a server',
      'that destination is this machine, so they are dropped',
    ],
  ],
  [
    'a server without a route',
    explained(nat, routes(nowhere, '10.0.0.11')),
    ['The director cannot reach server 10.0.0.11:80.', 'the kernel has no route to it'],
  ],
  [
    'servers without a route',
    explained(natBoth, routes(nowhere, '10.0.0.11', '10.0.0.12')),
    ['The director cannot reach 2 servers.', 'the kernel has no route to them'],
  ],
  [
    'a server behind a gateway',
    explained(rules(1, '-g', '10.0.0.11:80'), routes(gateway, '10.0.0.11')),
    [
      'Server 10.0.0.11:80 is not on a network of the director.',
      'the route to it leads through 192.0.2.254 on lan',
      'direct routing keeps the virtual address as destination, so the gateway cannot tell which server a packet is for',
      'a tunnel reaches servers anywhere, but its other end must be set up on the server',
    ],
  ],
  [
    'servers behind a gateway',
    explained(rules(1, '-g', ...two), routes(gateway, '10.0.0.11', '10.0.0.12')),
    [
      '2 servers are not on a network of the director.',
      'the route to them leads through 192.0.2.254 on lan',
      'direct routing keeps the virtual address as destination, so the gateway cannot tell which server a packet is for',
      'a tunnel reaches servers anywhere, but its other end must be set up on the server',
    ],
  ],
  [
    'a port without effect',
    explained(rules(1, '-m', '10.0.0.11:81'), {}, 'route'),
    [
      'The port of server 10.0.0.11:81 has no effect.',
      'direct routing does not change the port of packets: they arrive at port 80 of the server',
      'only NAT (-m) can change it',
    ],
  ],
  [
    'ports without effect',
    explained(
      [
        ...rules(1, '-m', '10.0.0.11:81', '10.0.0.12:81'),
        '-A -t 192.0.2.100:443',
        '-a -t 192.0.2.100:443 -r 10.0.0.11:81 -m',
      ],
      {},
      'tunnel',
    ),
    [
      'The ports of 2 servers have no effect.',
      'a tunnel does not change the port of packets: they arrive at the port of the service',
      'only NAT (-m) can change it',
    ],
  ],
  [
    'a loopback address',
    explained(rules(1, '-m', '127.0.0.1:80'), routes(here, '127.0.0.1')),
    [
      'NAT cannot reach a server at 127.0.0.1.',
      'the kernel accepts packets for loopback addresses only from this machine itself',
    ],
  ],
  [
    'loopback addresses',
    explained(rules(1, '-m', '127.0.0.1:80', '127.0.0.2:80'), routes(here, '127.0.0.1', '127.0.0.2')),
    [
      'NAT cannot reach 2 servers at 127.0.0.1, 127.0.0.2.',
      'the kernel accepts packets for loopback addresses only from this machine itself',
    ],
  ],
  [
    'a server here without a listener',
    explained(nat, routes(here, '10.0.0.11')),
    [
      'No program on this machine listens for server 10.0.0.11:80.',
      '10.0.0.11 is an address of this machine, so the connections stay here',
      'nothing listens on port 80 of 10.0.0.11',
    ],
  ],
  [
    'servers here without listeners',
    explained(natBoth, routes(here, '10.0.0.11', '10.0.0.12')),
    [
      'No program on this machine listens for 2 servers.',
      '10.0.0.11, 10.0.0.12 are addresses of this machine, so the connections stay here',
      'nothing listens on port 80 of 10.0.0.11, port 80 of 10.0.0.12',
    ],
  ],
];

describe('the evidence of a finding about services or servers', () => {
  for (const [cause, found, expected] of cases)
    it(`describes ${cause}`, () => assert.deepEqual(found, expected));
});
