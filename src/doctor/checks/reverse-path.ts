import { familyOf, type ServiceId } from '../../ipvs/model.ts';
import { counted } from '../../rules/counted.ts';
import type { Finding, Found } from '../finding.ts';
import { listNames, nameOfService, setSetting } from '../repair-commands.ts';
import type { Interface, System } from '../system.ts';
import { distinct } from '../table-queries.ts';

/** Kinds of interfaces that can be the end of an IPVS tunnel. */
const tunnelKinds: ReadonlySet<string | undefined> = new Set(['ipip', 'gre', 'ip6tnl', 'ip6gre']);

/**
 * Finds interfaces whose reverse path filter (`rp_filter`, IPv4 only) drops packets of tunnelled services because the route
 * back to the sender does not lead through them.
 */
export function reversePathFilters(system: System): Found {
  const services = system.table
    .filter(({ destinations }) => destinations.some(({ forwarding }) => forwarding === 'tunnel'))
    .map(({ service }) => service.id)
    .filter((id) => familyOf(id) === 'inet');
  if (services.length === 0) return undefined;
  const strict = system.interfaces.filter(
    ({ name, isUp }) => isUp && name !== 'lo' && isStrict(name, system),
  );
  const isEnd = ({ kind }: Interface) => tunnelKinds.has(kind);
  const ends = strict.filter(isEnd);
  return [
    ends.length > 0 ? endsOfTunnels(ends, services) : undefined,
    clientSides(
      strict.filter((one) => !isEnd(one)),
      services,
      system,
    ),
  ];
}

/** Reports whether the filter of an interface is strict: the kernel uses the higher of its own setting and the one for all. */
function isStrict(name: string, { settings }: System): boolean {
  const values = ['all', name].map((which) => Number(settings.get(`net.ipv4.conf.${which}.rp_filter`) ?? 0));
  return Math.max(...values) === 1;
}

function endsOfTunnels(ends: readonly Interface[], services: readonly ServiceId[]): Finding {
  const names = ends.map(({ name }) => name);
  const one = names.length === 1;
  return {
    problem: `Packets from ${one ? `the tunnel ${names[0]}` : counted(names.length, 'tunnel')} are dropped.`,
    services,
    ...(!one && { subjects: { noun: 'device', names } }),
    evidence: [
      one
        ? `${names[0]} is up, and its reverse path filter is strict (rp_filter=1)`
        : 'these devices are up, and their reverse path filters are strict (rp_filter=1)',
      `tunnelled packets come from clients, and the route back to clients does not lead through ${one ? 'it' : 'them'}`,
      'the same applies to every server at the end of a tunnel',
    ],
    repairs: names.map((name) => [loosen(name)]),
  };
}

/** Finds interfaces with virtual addresses but without a default route; they drop packets of distant clients. */
function clientSides(
  strict: readonly Interface[],
  services: readonly ServiceId[],
  { defaultInterfaces }: System,
): Finding | undefined {
  const servicesAt = ({ addresses }: Interface) =>
    services.filter((id) => id.kind === 'address' && addresses.some((address) => address.equals(id.address)));
  const found = strict.filter((one) => !defaultInterfaces.includes(one.name) && servicesAt(one).length > 0);
  if (found.length === 0 || defaultInterfaces.length === 0) return undefined;
  const names = found.map(({ name }) => name);
  const one = names.length === 1;
  return {
    problem: `Packets from distant clients are dropped at ${one ? names[0] : counted(names.length, 'interface')}.`,
    services: distinct(found.flatMap(servicesAt), nameOfService),
    ...(!one && { subjects: { noun: 'device', names } }),
    evidence: [
      one
        ? `${names[0]} has the virtual address, and its reverse path filter is strict (rp_filter=1)`
        : 'these devices have the virtual addresses, and their reverse path filters are strict (rp_filter=1)',
      `but the default route leads through ${listNames(defaultInterfaces, 3).replace(/, ([^,]*)$/, ' and $1')}`,
    ],
    repairs: names.map((name) => [loosen(name)]),
  };
}

/** Returns the command for a loose filter (2), which accepts reachable senders; 0 would not override a 1 for all. */
function loosen(name: string): string {
  return setSetting(`net.ipv4.conf.${name}.rp_filter`, 2);
}
