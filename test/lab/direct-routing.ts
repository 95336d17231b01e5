import { type Layout, type MachineLayout, World } from './world.ts';

/** Options of {@link buildDirectRouting}. */
export interface DirectRoutingOptions {
  /** Number of real servers; 2 by default, at most 100. */
  readonly servers?: number;
  /** Prefix of the namespaces' names, to keep several worlds in one kernel apart. */
  readonly prefix?: string;
}

/** Machines ready for LVS-DR (direct routing): all on one network, each with an IPv4 and an IPv6 address. */
export interface DirectRouting {
  readonly world: World;
  /** The VIPs: the director has and announces them; the real servers have them too, but do not announce them. */
  readonly vip: string;
  readonly vip6: string;
  readonly servers: readonly Server[];
}

export interface Server {
  readonly name: string;
  readonly address: string;
  readonly address6: string;
}

const vip = '192.168.10.120';
const vip6 = 'fd00:10::120';

/** Builds client, director and real servers (`web1`, `web2` …, at .121, .122 …) with a web server on each. */
export async function buildDirectRouting(options: DirectRoutingOptions = {}): Promise<DirectRouting> {
  const servers = Array.from({ length: options.servers ?? 2 }, (_, index) => ({
    name: `web${index + 1}`,
    address: `192.168.10.${121 + index}`,
    address6: `fd00:10::${121 + index}`,
  }));
  const layout: Layout = {
    client: { networks: { lan: ['192.168.10.9/24', 'fd00:10::10/64'] } },
    director: { networks: { lan: ['192.168.10.1/24', 'fd00:10::1/64', `${vip}/32`, `${vip6}/128`] } },
    ...Object.fromEntries(servers.map((server) => [server.name, realServer(server)])),
  };
  const world = await World.build(layout, options.prefix);
  try {
    await Promise.all(servers.map(({ name }) => world.serve(name)));
  } catch (error) {
    await world.dispose();
    throw error;
  }
  return { world, vip, vip6, servers };
}

function realServer({ address, address6 }: Server): MachineLayout {
  return {
    networks: { lan: [`${address}/24`, `${address6}/64`] },
    loopback: [`${vip}/32`, `${vip6}/128`],
    // The client must learn the director's hardware address for the virtual one, never a real server's.
    settings: { 'net.ipv4.conf.all.arp_ignore': '1', 'net.ipv4.conf.all.arp_announce': '2' },
  };
}
