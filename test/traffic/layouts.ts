import type { Layout, MachineLayout } from '../lab/world.ts';

// The networks of the lessons. Addresses are reserved for documentation (RFC 5737, RFC 3849), private (RFC 1918,
// RFC 4193) or, for crowds of clients, reserved for benchmarks (RFC 2544).

/** Turns reverse path filtering off: its default differs between kernels, and lessons must not depend on it. */
const noReversePathFilter = { 'net.ipv4.conf.all.rp_filter': '0', 'net.ipv4.conf.default.rp_filter': '0' };

const forwarding = { 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.forwarding': '1' };

/** Client, director and servers on one network: for direct routing, and all else that one network is enough for. */
export const oneNetwork = {
  vip: '192.168.10.120',
  vip6: 'fd00:10::120',
  director: '192.168.10.1',
  servers: ['web1', 'web2', 'web3'],
  addresses: ['192.168.10.121', '192.168.10.122', '192.168.10.123'],
  addresses6: ['fd00:10::121', 'fd00:10::122', 'fd00:10::123'],
  client: '192.168.10.10',
  /** A network whose addresses are all the client's, so that it can be many clients. */
  crowd: '198.18.0.0/15',
} as const;

/** Options of {@link oneNetworkLayout}. */
export interface OneNetworkOptions {
  /** A virtual network: all its addresses are local on the servers, and the client's route to it leads to the director. */
  readonly services?: string;
  /** Leaves the director's interface without addresses and routes, for a bridge to have them. */
  readonly bridged?: boolean;
}

/** Returns the machines of {@link oneNetwork}. */
export function oneNetworkLayout(options: OneNetworkOptions = {}): Layout {
  const { vip, vip6, director, client, crowd, servers, addresses, addresses6 } = oneNetwork;
  const toCrowd = `${crowd} via ${client}`;
  const virtual = options.services ? [`local ${options.services} dev lo`] : [];
  const realServer = (index: number): MachineLayout => ({
    networks: { lan: [`${addresses[index]}/24`, `${addresses6[index]}/64`] },
    loopback: [`${vip}/32`, `${vip6}/128`],
    routes: [toCrowd, ...virtual],
    settings: {
      ...noReversePathFilter,
      'net.ipv4.conf.all.arp_ignore': '1',
      'net.ipv4.conf.all.arp_announce': '2',
    },
  });
  return {
    client: {
      networks: { lan: [`${client}/24`, 'fd00:10::10/64'] },
      routes: [`local ${crowd} dev lo`, ...(options.services ? [`${options.services} via ${director}`] : [])],
      settings: noReversePathFilter,
    },
    director: {
      networks: {
        lan: options.bridged ? [] : [`${director}/24`, 'fd00:10::1/64', `${vip}/32`, `${vip6}/128`],
      },
      routes: options.bridged ? virtual : [toCrowd, ...virtual],
      settings: noReversePathFilter,
    },
    ...Object.fromEntries(servers.map((name, index) => [name, realServer(index)])),
  };
}

/** The servers on a network of their own behind the director, which is their gateway: for NAT. */
export const twoNetworks = {
  vip: '192.0.2.100',
  vip6: '2001:db8:1::100',
  servers: ['web1', 'web2'],
  addresses: ['10.0.0.11', '10.0.0.12'],
  addresses6: ['fd00:1::11', 'fd00:1::12'],
  client: '192.0.2.10',
  client6: '2001:db8:1::10',
} as const;

/** The machines of {@link twoNetworks}. */
export const twoNetworksLayout: Layout = {
  client: { networks: { outside: [`${twoNetworks.client}/24`, `${twoNetworks.client6}/64`] } },
  director: {
    networks: {
      outside: ['192.0.2.1/24', `${twoNetworks.vip}/32`, '2001:db8:1::1/64', `${twoNetworks.vip6}/128`],
      inside: ['10.0.0.1/24', 'fd00:1::1/64'],
    },
    settings: { ...noReversePathFilter, ...forwarding },
  },
  ...Object.fromEntries(
    twoNetworks.servers.map((name, index) => [
      name,
      {
        networks: { inside: [`${twoNetworks.addresses[index]}/24`, `${twoNetworks.addresses6[index]}/64`] },
        routes: ['default via 10.0.0.1', 'default via fd00:1::1'],
      },
    ]),
  ),
};

/** Client, director and servers at three sites that a router connects: for tunnels. */
export const threeSites = {
  vip: '198.51.100.100',
  director6: '2001:db8:2::2',
  servers: ['web1', 'web2'],
  addresses: ['203.0.113.11', '203.0.113.12'],
  addresses6: ['2001:db8:3::11', '2001:db8:3::12'],
  client: '192.0.2.10',
} as const;

/** The machines of {@link threeSites}. */
export const threeSitesLayout: Layout = {
  client: {
    networks: { home: [`${threeSites.client}/24`] },
    routes: ['default via 192.0.2.1'],
  },
  director: {
    networks: { office: ['198.51.100.2/24', `${threeSites.vip}/32`, `${threeSites.director6}/64`] },
    routes: ['default via 198.51.100.1', 'default via 2001:db8:2::1'],
    settings: noReversePathFilter,
  },
  router: {
    networks: {
      home: ['192.0.2.1/24'],
      office: ['198.51.100.1/24', '2001:db8:2::1/64'],
      far: ['203.0.113.1/24', '2001:db8:3::1/64'],
    },
    settings: { ...noReversePathFilter, ...forwarding },
  },
  ...Object.fromEntries(
    threeSites.servers.map((name, index) => [
      name,
      {
        networks: { far: [`${threeSites.addresses[index]}/24`, `${threeSites.addresses6[index]}/64`] },
        routes: ['default via 203.0.113.1', 'default via 2001:db8:3::1'],
        // The packets in a tunnel have the addresses of clients, to which the tunnel is not the route.
        settings: noReversePathFilter,
      },
    ]),
  ),
};

/** Returns {@link oneNetworkLayout} with a second director, which has no VIP yet. */
export function twoDirectorsLayout(): Layout {
  return {
    ...oneNetworkLayout(),
    backup: {
      networks: { lan: ['192.168.10.2/24'] },
      routes: [`${oneNetwork.crowd} via ${oneNetwork.client}`],
      settings: noReversePathFilter,
    },
  };
}
