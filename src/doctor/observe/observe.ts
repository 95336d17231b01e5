import { Address } from '../../ipvs/address.ts';
import type { Ipvs } from '../../ipvs/client.ts';
import { initialState } from '../../ipvs/state.ts';
import { addressesIn, readTable, type ServiceEntry } from '../../ipvs/table.ts';
import { type Link, type RouteLookup, Routing } from '../../netlink/route.ts';
import type { ConnectionTable, Interface, Listener, Route, System } from '../system.ts';
import { readConnectionTable } from './connections.ts';
import { parseDefaultInterfaces } from './default-routes.ts';
import { FileReader } from './files.ts';
import { readFirewall, unknownFirewall } from './firewall.ts';
import { parseListeners } from './listeners.ts';
import { parseModules } from './modules.ts';
import { readSettings } from './settings.ts';
import { listenForDirectors } from './sync-listener.ts';

/**
 * Reads the state of this network namespace without changing anything. `ipvs` is `undefined` for a kernel without IPVS. A backup
 * listens for `listening` milliseconds to sync messages of other directors; 0: not at all. Rejects with `NetlinkError` if the
 * kernel does not answer.
 */
export async function observe(ipvs: Ipvs | undefined, listening = 0): Promise<System> {
  const files = new FileReader();
  const daemons = ipvs ? await ipvs.daemons() : [];
  const syncSenders = listening > 0 ? await listenForDirectors(daemons, listening, files) : [];
  const table = ipvs ? await readTable(ipvs) : [];
  const modules = parseModules(files.read('/proc/modules') ?? '');
  const routing = await Routing.open();
  try {
    const links = await routing.links();
    const interfaces = await readInterfaces(routing, links);
    const firewall = needsFirewall(table) ? await readFirewall(modules, files) : unknownFirewall;
    return {
      hasIpvs: ipvs !== undefined,
      table,
      timeouts: ipvs ? await ipvs.timeouts() : initialState.timeouts,
      daemons,
      syncSenders,
      // Read after the table, as newer kernels have a connection table only while there are services.
      connections: ipvs ? readConnectionTable((await ipvs.info()).connectionTableSize, files) : noConnections,
      interfaces,
      routes: await readRoutes(routing, links, table),
      defaultInterfaces: parseDefaultInterfaces(files.read('/proc/net/route') ?? ''),
      settings: readSettings(
        interfaces.map(({ name }) => name),
        files,
      ),
      modules,
      listeners: readListeners(files),
      ...firewall,
      unreadable: files.unreadable,
    };
  } finally {
    routing.close();
  }
}

/** Reports whether firewall rules matter to a table: it has firewall-mark services, or servers behind NAT. */
function needsFirewall(table: readonly ServiceEntry[]): boolean {
  return table.some(
    ({ service, destinations }) =>
      service.id.kind === 'fwmark' || destinations.some(({ forwarding }) => forwarding === 'masquerade'),
  );
}

const noConnections: ConnectionTable = { count: 0, buckets: 0, open: [], answers: [] };

async function readInterfaces(routing: Routing, links: readonly Link[]): Promise<Interface[]> {
  const addresses = await routing.addresses();
  return links.map(({ index, name, isUp, isMulticast, kind }) => {
    const own = addresses.filter(({ link }) => link === index);
    return {
      ...{ name, isUp, isMulticast, kind },
      addresses: own.map(({ address }) => Address.from(address)),
      duplicates: own.filter(({ isDuplicate }) => isDuplicate).map(({ address }) => Address.from(address)),
    };
  });
}

/** Looks up the route to every address of the table. */
async function readRoutes(
  routing: Routing,
  links: readonly Link[],
  table: readonly ServiceEntry[],
): Promise<Map<string, Route>> {
  const routes = new Map<string, Route>();
  for (const address of addressesIn(table)) {
    if (routes.has(address.text)) continue;
    routes.set(address.text, toRoute(await routing.lookup(address.bytes), links));
  }
  return routes;
}

function toRoute({ kind, link, gateway }: RouteLookup, links: readonly Link[]): Route {
  if (kind === 'local') return { to: 'here' };
  if (kind === 'unreachable') return { to: 'nowhere' };
  return {
    to: 'out',
    interface: links.find(({ index }) => index === link)?.name,
    gateway: gateway && Address.from(gateway),
  };
}

function readListeners(files: FileReader): Listener[] {
  return (['tcp', 'udp'] as const).flatMap((protocol) =>
    ['', '6'].flatMap((version) =>
      parseListeners(files.read(`/proc/net/${protocol}${version}`) ?? '', protocol),
    ),
  );
}
