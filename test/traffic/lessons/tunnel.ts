import assert from 'node:assert/strict';
import { forwardingSteps } from '../forwarding.ts';
import { threeSites, threeSitesLayout } from '../layouts.ts';
import type { Lesson } from '../lesson.ts';
import type { Stage } from '../stage.ts';

const { vip, servers, addresses, addresses6, client, director6 } = threeSites;

const drawing = ['client ──┐', 'director ┼── router ──┬── web1', '                      └── web2', ''];

/** Bytes of the headers that a tunnel puts before a packet. */
const headers = { ipv4: 20, ipv6: 40, gre: 4, greChecksum: 4, udp: 8, gue: 4 };

/** A server at the end of a tunnel. */
interface End {
  /** The server's address for IPVS, with the options of `ipvsadm -a`. */
  readonly options: string;
  /** Commands typed on the server, so that it decapsulates the packets of the tunnel. */
  readonly typed: readonly string[];
  /** The interface on which the decapsulated packets arrive. */
  readonly device: string;
  /** Number of bytes that the tunnel adds to each packet. */
  readonly grows: number;
}

/** The parts that differ between the lessons on tunnels. */
interface TunnelLesson {
  readonly name: string;
  readonly title: string;
  readonly about: readonly string[];
  /** The ends on web1 and web2. */
  readonly ends: readonly [End, End];
}

/** IP in IP: the tunnel that IPVS has always had. */
export const tun = tunnelLesson({
  name: 'tun',
  title: 'IP-in-IP tunnels',
  about: ['Here, encapsulation adds a second IP header.'],
  ends: [ipip(addresses[0]), ipip(addresses[1])],
});

function ipip(address: string): End {
  const typed = ['modprobe ipip', ...virtualAddressOn('tunl0')];
  return { options: `${address} -i`, typed, device: 'tunl0', grows: headers.ipv4 };
}

/** GRE, without checksum and with one. */
export const gre = tunnelLesson({
  name: 'gre',
  title: 'GRE tunnels, with and without checksum',
  about: [
    'Generic Routing Encapsulation (GRE) puts 4 bytes between the two IP headers, or',
    '8 with a checksum. A device takes only one of the two: here, web1 has gre0, for',
    'packets without a checksum, and web2 a device of its own for packets with one.',
  ],
  ends: [
    {
      options: `${addresses[0]} -i --tun-type gre --tun-nocsum`,
      typed: ['modprobe ip_gre', ...virtualAddressOn('gre0')],
      device: 'gre0',
      grows: headers.ipv4 + headers.gre,
    },
    {
      options: `${addresses[1]} -i --tun-type gre --tun-csum`,
      typed: [`ip link add gre1 type gre local ${addresses[1]} icsum`, ...virtualAddressOn('gre1')],
      device: 'gre1',
      grows: headers.ipv4 + headers.gre + headers.greChecksum,
    },
  ],
});

/** GUE, without checksum and with one. */
export const gue = tunnelLesson({
  name: 'gue',
  title: 'GUE tunnels, with and without checksum',
  about: [
    'Generic UDP Encapsulation (GUE) puts each packet into a UDP datagram, so that',
    'networks can spread the load by port. On the servers, the module fou removes the',
    'UDP header and passes the rest to the IP-in-IP tunnel.',
  ],
  ends: [
    guePort(`${addresses[0]} -i --tun-type gue --tun-port 6080 --tun-nocsum`),
    guePort(`${addresses[1]} -i --tun-type gue --tun-port 6080 --tun-csum`),
  ],
});

function guePort(options: string): End {
  return {
    options,
    typed: ['modprobe ipip', 'modprobe fou', 'ip fou add port 6080 gue', ...virtualAddressOn('tunl0')],
    device: 'tunl0',
    grows: headers.ipv4 + headers.udp + headers.gue,
  };
}

/** An IPv4 service whose servers are reached over IPv6. */
export const tun6 = tunnelLesson({
  name: 'tun6',
  title: 'IPv4 through an IPv6 tunnel',
  about: [
    'A virtual service and its servers may then differ in their address family: here,',
    'IPv4 packets travel inside IPv6 packets.',
  ],
  ends: [ipip6(addresses6[0]), ipip6(addresses6[1])],
});

function ipip6(address: string): End {
  return {
    options: `${address} -i`,
    typed: [
      `ip link add tun type ip6tnl mode ipip6 local ${address} remote ${director6}`,
      ...virtualAddressOn('tun'),
    ],
    device: 'tun',
    grows: headers.ipv6,
  };
}

function virtualAddressOn(device: string): string[] {
  return [`ip link set ${device} up`, `ip address add ${vip}/32 dev ${device}`];
}

function tunnelLesson({ name, title, about, ends }: TunnelLesson): Lesson {
  const service = { address: vip, port: 80 };
  return {
    name,
    title,
    introduction: [
      ...drawing,
      'With a tunnel, the director encapsulates each packet in another one, addressed',
      'to a real server, which may be anywhere. The server decapsulates the packet,',
      'accepts it, as it has the virtual address too, and answers the client directly.',
      ...about,
    ],
    layout: threeSitesLayout,
    serving: Object.fromEntries(servers.map((server) => [server, [{ port: 80 }]])),
    url: `http://${vip}/`,
    steps: [
      {
        title: 'The servers decapsulate packets from the tunnel',
        typed: servers.flatMap((on, index) => ends[index]?.typed.map((line) => ({ on, line })) ?? []),
      },
      {
        title: 'Two servers behind one virtual address',
        typed: [
          `ipvsadm -A -t ${vip}:80 -s rr`,
          ...ends.map(({ options }) => `ipvsadm -a -t ${vip}:80 -r ${options}`),
          'ipvsadm -Ln --tun-info',
        ],
      },
      ...forwardingSteps({
        service,
        client,
        servers: { web1: 'virtual', web2: 'virtual' },
        answers: 'straight to the client',
      }),
      {
        title: 'The headers of the tunnel make packets longer',
        proof: async (stage) => {
          for (const [index, end] of ends.entries()) await proveGrowth(stage, servers[index] ?? '', end);
        },
      },
    ],
  };
}

/** Bytes of the header before an IP packet on an Ethernet. */
const ethernetHeader = 14;

/** Compares the bytes that arrived at a server's network interface with those that came out of its tunnel. */
async function proveGrowth(stage: Stage, server: string, { device, grows }: End): Promise<void> {
  const look = async () => {
    const interfaces = await stage.interfaces(server);
    const [outer, inner] = [interfaces.get('far')?.received, interfaces.get(device)?.received];
    return { packets: inner?.packets ?? 0, bytes: (outer?.bytes ?? 0) - (inner?.bytes ?? 0) };
  };
  let packets = 0;
  let each = 0;
  // Sometimes the kernels also resolve each other's hardware addresses, and packets seem to grow by more.
  for (let attempt = 0; attempt < 10 && each !== grows; attempt++) {
    const before = await look();
    await stage.agent('client').visit({ address: vip, port: 80 }, { times: 4 });
    const after = await look();
    packets = after.packets - before.packets;
    each = (after.bytes - before.bytes) / packets - ethernetHeader;
  }
  stage.note(`${server} decapsulated ${packets} packets, each ${each} bytes longer in the tunnel`);
  assert.equal(each, grows);
}
