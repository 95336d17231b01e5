import { forwardingSteps } from '../forwarding.ts';
import { twoNetworks, twoNetworksLayout } from '../layouts.ts';
import type { Lesson } from '../lesson.ts';

const { vip, vip6, servers, addresses, addresses6, client, client6 } = twoNetworks;

const drawing = ['client ───── director ──┬── web1', '     outside    inside  └── web2', ''];

const serving = Object.fromEntries(servers.map((name) => [name, [{ port: 8080 }]]));

/** Network address translation: the director rewrites packets both ways. */
export const nat: Lesson = {
  name: 'nat',
  title: 'NAT, with a different port on the servers',
  introduction: [
    ...drawing,
    'With NAT, the director replaces the virtual address in client packets by the',
    'address and port of a real server, and puts it back into the answers. Answers',
    'must therefore pass through the director: it is the gateway of the servers, and',
    'has IP forwarding enabled (net.ipv4.ip_forward=1). The servers may listen on a',
    'different port, and need no special configuration.',
  ],
  layout: twoNetworksLayout,
  serving,
  url: `http://${vip}/`,
  steps: [
    {
      title: 'Port 80 of the virtual address is forwarded to port 8080 of two servers',
      typed: [
        `ipvsadm -A -t ${vip}:80 -s rr`,
        `ipvsadm -a -t ${vip}:80 -r ${addresses[0]}:8080 -m`,
        `ipvsadm -a -t ${vip}:80 -r ${addresses[1]}:8080 -m`,
        'ipvsadm -Ln',
      ],
    },
    ...forwardingSteps({
      service: { address: vip, port: 80 },
      client,
      servers: {
        web1: { address: addresses[0], port: 8080 },
        web2: { address: addresses[1], port: 8080 },
      },
      answers: 'through the director',
    }),
  ],
};

/** NAT over IPv6. */
export const nat6: Lesson = {
  name: 'nat6',
  title: 'NAT over IPv6',
  introduction: [
    ...drawing,
    'NAT works the same way with IPv6 (net.ipv6.conf.all.forwarding=1). An address',
    'with a port is written in brackets.',
  ],
  layout: twoNetworksLayout,
  serving,
  url: `http://[${vip6}]/`,
  steps: [
    {
      title: 'Port 80 of the virtual address is forwarded to port 8080 of two servers',
      typed: [
        `ipvsadm -A -t [${vip6}]:80 -s rr`,
        `ipvsadm -a -t [${vip6}]:80 -r [${addresses6[0]}]:8080 -m`,
        `ipvsadm -a -t [${vip6}]:80 -r [${addresses6[1]}]:8080 -m`,
        'ipvsadm -Ln',
      ],
    },
    ...forwardingSteps({
      service: { address: vip6, port: 80 },
      client: client6,
      servers: {
        web1: { address: addresses6[0], port: 8080 },
        web2: { address: addresses6[1], port: 8080 },
      },
      answers: 'through the director',
    }),
  ],
};
