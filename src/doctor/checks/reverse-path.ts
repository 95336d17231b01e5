import { familyOf, type ServiceId } from '../../ipvs/model.ts';
import type { Finding } from '../finding.ts';
import type { Interface, System } from '../system.ts';
import { setSetting } from '../words.ts';

/** Kinds of interfaces at which a tunnel of IPVS can end. */
const tunnelKinds: ReadonlySet<string | undefined> = new Set(['ipip', 'gre', 'ip6tnl', 'ip6gre']);

/**
 * Interfaces that drop packets of tunnelled services, as the way back to the sender does not lead through them
 * (`rp_filter`). The filter is one of IPv4.
 */
export function reversePathFilters(system: System): Finding[] {
  const services = system.table
    .filter(({ destinations }) => destinations.some(({ forwarding }) => forwarding === 'tunnel'))
    .map(({ service }) => service.id)
    .filter((id) => familyOf(id) === 'inet');
  if (services.length === 0) return [];
  const strict = system.interfaces.filter(
    ({ name, isUp }) => isUp && name !== 'lo' && isStrict(name, system),
  );
  return strict.flatMap((one) =>
    tunnelKinds.has(one.kind) ? [endOfTunnel(one, services)] : clientSide(one, services, system),
  );
}

/** The kernel goes by the higher one of an interface's own setting and that for all. */
function isStrict(name: string, { settings }: System): boolean {
  const values = ['all', name].map((which) => Number(settings.get(`net.ipv4.conf.${which}.rp_filter`) ?? 0));
  return Math.max(...values) === 1;
}

function endOfTunnel({ name }: Interface, services: readonly ServiceId[]): Finding {
  return {
    problem: `What comes out of the tunnel ${name} is dropped.`,
    services,
    evidence: [
      `${name} is up, and its reverse path filter is strict (rp_filter=1)`,
      'packets in a tunnel come from clients, and the way back to those does not lead through it',
      'the same holds on every server at the end of a tunnel',
    ],
    mend: [loosen(name)],
  };
}

/** An interface with virtual addresses, while clients from afar are answered through others. */
function clientSide(
  { name, addresses }: Interface,
  services: readonly ServiceId[],
  { defaultInterfaces }: System,
): Finding[] {
  const there = services.filter(
    (id) => id.kind === 'address' && addresses.some((address) => address.equals(id.address)),
  );
  if (there.length === 0 || defaultInterfaces.length === 0 || defaultInterfaces.includes(name)) return [];
  return [
    {
      problem: `Packets from distant clients are dropped at ${name}.`,
      services: there,
      evidence: [
        `${name} has the virtual address, and its reverse path filter is strict (rp_filter=1)`,
        `but the default route leads through ${defaultInterfaces.join(' and ')}`,
      ],
      mend: [loosen(name)],
    },
  ];
}

/** 2 lets packets in when the sender can be reached at all; 0 would not prevail over a 1 for all interfaces. */
function loosen(name: string): string {
  return setSetting(`net.ipv4.conf.${name}.rp_filter`, 2);
}
