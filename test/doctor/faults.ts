import type { Forwarding } from '../../src/ipvs/model.ts';
import type { Target } from '../traffic/agent.ts';
import {
  oneNetwork,
  oneNetworkLayout,
  threeSites,
  threeSitesLayout,
  twoNetworks,
  twoNetworksLayout,
} from '../traffic/layouts.ts';
import type { Lesson } from '../traffic/lesson.ts';

/** A layout of machines with a service that works. */
export interface Health extends Pick<Lesson, 'layout' | 'serving'> {
  /** Command lines to set it up; they run on the director unless another machine is named. */
  readonly commands: readonly (string | { readonly on: string; readonly line: string })[];
  readonly target: Target;
}

/** A fault to inject, and the finding that the doctor must report. */
export interface Fault {
  readonly name: string;
  readonly health: Health;
  /** Command lines that inject the fault on the director. */
  readonly commands: readonly string[];
  /** The problem that the doctor must report. */
  readonly problem: string;
  readonly evidence: RegExp;
  /** Whether some of forty visits fail until the fault is repaired, or both of two; by default there are no visits. */
  readonly breaks?: 'some' | 'all';
  /** Values for the placeholders in capitals in the repair commands. */
  readonly placeholders?: Readonly<Record<string, string>>;
}

const nat: Health = {
  layout: twoNetworksLayout,
  serving: { web1: [{ port: 8080 }], web2: [{ port: 8080 }] },
  commands: [
    `ipvsadm -A -t ${twoNetworks.vip}:80 -s rr`,
    ...twoNetworks.addresses.map((address) => `ipvsadm -a -t ${twoNetworks.vip}:80 -r ${address}:8080 -m`),
  ],
  target: { address: twoNetworks.vip, port: 80 },
};

const nat6: Health = {
  ...nat,
  commands: [
    `ipvsadm -A -t [${twoNetworks.vip6}]:80 -s rr`,
    ...twoNetworks.addresses6.map(
      (address) => `ipvsadm -a -t [${twoNetworks.vip6}]:80 -r [${address}]:8080 -m`,
    ),
  ],
  target: { address: twoNetworks.vip6, port: 80 },
};

const [web1, web2] = oneNetwork.addresses;
const service = `${oneNetwork.vip}:80`;

const dr: Health = {
  layout: oneNetworkLayout(),
  serving: { web1: [{ port: 80 }], web2: [{ port: 80 }] },
  commands: [
    `ipvsadm -A -t ${service} -s rr`,
    ...[web1, web2].map((to) => `ipvsadm -a -t ${service} -r ${to} -g`),
  ],
  target: { address: oneNetwork.vip, port: 80 },
};

const tunnel: Health = {
  layout: threeSitesLayout,
  serving: { web1: [{ port: 80 }], web2: [{ port: 80 }] },
  commands: [
    ...threeSites.servers.map((on) => ({
      on,
      line: `modprobe ipip; ip link set tunl0 up; ip address add ${threeSites.vip}/32 dev tunl0`,
    })),
    `ipvsadm -A -t ${threeSites.vip}:80 -s rr`,
    ...threeSites.addresses.map((address) => `ipvsadm -a -t ${threeSites.vip}:80 -r ${address} -i`),
  ],
  target: { address: threeSites.vip, port: 80 },
};

/** Gives the director a second uplink: its default route no longer uses the interface of its virtual address. */
const secondUplink = [
  'ip route add 203.0.113.0/24 via 198.51.100.1',
  'ip link add wan up type dummy',
  'ip address add 192.168.77.1/24 dev wan',
  'ip route replace default via 192.168.77.2',
];

/** Returns a command that adds a server with a forwarding method that only programs other than ipvsadm set. */
function addByLibrary(forwarding: Forwarding, address: string, port: number): string {
  const library = new URL('../../dist/index.js', import.meta.url).pathname;
  const script = `
    import { Address, Ipvs } from '${library}';
    const ipvs = await Ipvs.open();
    const [{ id }] = await ipvs.services();
    const tunnel = { type: 'ipip', port: 0, flags: 0 };
    const settings = { forwarding: '${forwarding}', weight: 1, upperThreshold: 0, lowerThreshold: 0, tunnel };
    await ipvs.addDestination(id, { address: Address.parse('${address}'), port: ${port} }, settings);
    ipvs.close();`;
  return `'${process.execPath}' --input-type=module -e "${script}"`;
}

/** One fault of each kind that the doctor finds. */
export const faults: readonly Fault[] = [
  {
    name: 'a virtual address that no interface has',
    health: nat,
    commands: [`ip address del ${twoNetworks.vip}/32 dev outside`],
    problem: `No interface has the virtual address ${twoNetworks.vip}.`,
    evidence: /are sent out through outside/,
    breaks: 'all',
  },
  {
    name: 'an IPv6 virtual address that no interface has',
    health: nat6,
    commands: [`ip address del ${twoNetworks.vip6}/128 dev outside`],
    problem: `No interface has the virtual address ${twoNetworks.vip6}.`,
    evidence: /are sent out through outside/,
    breaks: 'all',
  },
  {
    name: 'a strict reverse path filter on the interface to the clients',
    health: tunnel,
    commands: [...secondUplink, 'echo 1 >/proc/sys/net/ipv4/conf/office/rp_filter'],
    problem: 'Packets from distant clients are dropped at office.',
    evidence: /the default route leads through wan/,
    breaks: 'all',
  },
  {
    name: 'a strict reverse path filter on a tunnel interface',
    health: tunnel,
    commands: ['ip link set tunl0 up', 'echo 1 >/proc/sys/net/ipv4/conf/tunl0/rp_filter'],
    problem: 'Packets from the tunnel tunl0 are dropped.',
    evidence: /rp_filter=1/,
  },
  {
    name: 'a service without a scheduler',
    health: dr,
    commands: [`ipvsadm -E -t ${service} -s none`],
    problem: 'The service has no scheduler.',
    evidence: /nothing chooses a server/,
    breaks: 'all',
  },
  {
    name: 'a service without servers',
    health: dr,
    commands: [web1, web2].map((address) => `ipvsadm -d -t ${service} -r ${address}`),
    problem: 'The service has no real servers.',
    evidence: /refused/,
    breaks: 'all',
    placeholders: { SERVER: web1 },
  },
  {
    name: 'a service with only servers of weight 0',
    health: dr,
    commands: [web1, web2].map((address) => `ipvsadm -e -t ${service} -r ${address} -g -w 0`),
    problem: 'No server accepts new connections.',
    evidence: /all its 2 servers have weight 0/,
    breaks: 'all',
  },
  ...['sh', 'mh'].map(
    (scheduler): Fault => ({
      name: `a server of weight 0 with the scheduler ${scheduler}`,
      health: dr,
      // With the port in the hash, a single client reaches all servers.
      commands: [
        `ipvsadm -E -t ${service} -s ${scheduler} -b ${scheduler}-port`,
        `ipvsadm -e -t ${service} -r ${web1} -g -w 0`,
      ],
      problem: `The scheduler ${scheduler} refuses the clients of server ${web1}:80.`,
      evidence: /clients that hash to it are refused/,
      breaks: 'some',
    }),
  ),
  {
    name: 'a server of weight 0 with the scheduler dh',
    health: dr,
    commands: [`ipvsadm -E -t ${service} -s dh`, `ipvsadm -e -t ${service} -r ${web2} -g -w 0`],
    problem: `The scheduler dh refuses the clients of server ${web2}:80.`,
    evidence: /dh has no fallback/,
  },
  {
    name: 'a server on another machine with forwarding method Local',
    health: dr,
    commands: [
      ...[web1, web2].map((address) => `ipvsadm -d -t ${service} -r ${address}`),
      addByLibrary('local', web1, 80),
    ],
    problem: `Connections to server ${web1}:80 stay on the director.`,
    evidence: /forwarding method is Local, which only programs other than ipvsadm set/,
    breaks: 'all',
  },
  {
    name: 'a server with forwarding method Bypass',
    health: dr,
    commands: [
      ...[web1, web2].map((address) => `ipvsadm -d -t ${service} -r ${address}`),
      addByLibrary('bypass', web1, 80),
    ],
    problem: `No packets are sent to server ${web1}:80.`,
    evidence: /that destination is this machine, so they are dropped/,
    breaks: 'all',
  },
  {
    name: 'a server without a route to it',
    health: dr,
    commands: [`ipvsadm -a -t ${service} -r 203.0.113.77 -i`],
    problem: 'The director cannot reach server 203.0.113.77:80.',
    evidence: /no route/,
    placeholders: { GATEWAY: web1 },
  },
  {
    name: 'a direct-routing server behind a gateway',
    health: tunnel,
    commands: threeSites.addresses.map((address) => `ipvsadm -e -t ${threeSites.vip}:80 -r ${address} -g`),
    problem: '2 servers are not on a network of the director.',
    evidence: /leads through 198\.51\.100\.1 on office/,
    breaks: 'all',
  },
  {
    name: 'a direct-routing server with another port than its service',
    health: dr,
    commands: [addByLibrary('route', oneNetwork.addresses[2], 8080)],
    problem: `The port of server ${oneNetwork.addresses[2]}:8080 has no effect.`,
    evidence: /direct routing does not change the port of packets: they arrive at port 80 of the server/,
  },
  {
    name: 'a tunneling server with another port than its service',
    health: tunnel,
    commands: [
      `ipvsadm -d -t ${threeSites.vip}:80 -r ${threeSites.addresses[1]}`,
      addByLibrary('tunnel', threeSites.addresses[1], 8080),
    ],
    problem: `The port of server ${threeSites.addresses[1]}:8080 has no effect.`,
    evidence: /a tunnel does not change the port of packets: they arrive at port 80 of the server/,
  },
  {
    name: 'the director as a server on which no program listens',
    health: dr,
    commands: [
      ...[web1, web2].map((address) => `ipvsadm -e -t ${service} -r ${address} -g -w 0`),
      `ipvsadm -a -t ${service} -r ${oneNetwork.director} -g -w 5`,
      `ipvsadm -e -t ${service} -r ${web1} -g -w 1`,
      `ipvsadm -E -t ${service} -s fo`,
    ],
    problem: `No program on this machine listens for server ${oneNetwork.director}:80.`,
    evidence: /nothing listens on port 80 of 192\.168\.10\.120/,
    breaks: 'all',
  },
  {
    name: 'a NAT server at a loopback address',
    health: { ...dr, serving: { ...dr.serving, director: [{ port: 8080 }] } },
    commands: [
      ...[web1, web2].map((address) => `ipvsadm -d -t ${service} -r ${address}`),
      `ipvsadm -a -t ${service} -r 127.0.0.1:8080 -m`,
    ],
    problem: 'NAT cannot reach a server at 127.0.0.1.',
    evidence: /only from this machine itself/,
    breaks: 'all',
  },
  {
    name: 'NAT without IP forwarding',
    health: nat,
    commands: ['echo 0 >/proc/sys/net/ipv4/ip_forward'],
    problem: 'Answers of NAT servers are not forwarded to the clients.',
    evidence: /net\.ipv4\.ip_forward is 0/,
    breaks: 'all',
  },
  {
    name: 'NAT without IP forwarding on one interface',
    health: nat,
    commands: ['echo 0 >/proc/sys/net/ipv4/conf/inside/forwarding'],
    problem: 'Answers of NAT servers are not forwarded to the clients.',
    evidence: /net\.ipv4\.conf\.inside\.forwarding is 0/,
    breaks: 'all',
  },
  {
    name: 'IPv6 NAT without IP forwarding',
    health: nat6,
    commands: ['echo 0 >/proc/sys/net/ipv6/conf/all/forwarding'],
    problem: 'Answers of NAT servers are not forwarded to the clients.',
    evidence: /net\.ipv6\.conf\.all\.forwarding is 0/,
    breaks: 'all',
  },
  {
    name: 'FTP through NAT without its kernel module',
    health: nat,
    commands: [
      'modprobe -r ip_vs_ftp',
      `ipvsadm -A -t ${twoNetworks.vip}:21 -s rr`,
      `ipvsadm -a -t ${twoNetworks.vip}:21 -r ${twoNetworks.addresses[0]}:21 -m`,
    ],
    problem: 'FTP data connections fail through NAT.',
    evidence: /ip_vs_ftp is not loaded/,
  },
  {
    name: 'firewall rules on the state of connections that IPVS does not track',
    health: nat,
    commands: [
      'nft add table bridge guard',
      "nft 'add chain bridge guard in { type filter hook prerouting priority 0; }'",
      'nft add rule bridge guard in ct state established accept',
      // The kernel tracks connections in a network namespace only when something there needs it, such as FTP.
      ...['modprobe ip_vs_ftp', `ipvsadm -A -t ${twoNetworks.vip}:21 -s rr`],
      `ipvsadm -a -t ${twoNetworks.vip}:21 -r ${twoNetworks.addresses[0]}:21 -m`,
      `echo ask 0 | socat -t 1 - TCP:${twoNetworks.addresses[0]}:8080 >/dev/null`,
    ],
    problem: 'Firewall rules cannot match the state of NAT connections.',
    evidence: /net\.ipv4\.vs\.conntrack is 0/,
  },
];
