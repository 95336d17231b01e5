import { Address } from '../../ipvs/address.ts';
import type { AddressServiceId, ServiceId } from '../../ipvs/model.ts';
import { counted } from '../../rules/counted.ts';
import type { Finding } from '../finding.ts';
import { shellWord } from '../repair-commands.ts';
import type { System } from '../system.ts';
import { distinct, groupBy, isBackup, isLocalAddress } from '../table-queries.ts';

/** Finds virtual addresses that this machine does not have. Skips a backup director, which does not have them yet. */
export function missingVirtualAddresses(system: System): Finding[] {
  if (isBackup(system)) return [];
  const services = system.table.map(({ service }) => service.id).filter(hasAddress);
  const missing = services.filter(
    ({ address }) =>
      !isLocalAddress(system, address) &&
      !address.equals(Address.any(address.family)) &&
      // Duplicate addresses are a finding of {@link sharedVirtualAddresses}.
      !system.interfaces.some(({ duplicates }) => duplicates.some((one) => one.equals(address))),
  );
  return groupBy(missing, ({ address }) => wayOut(address, system) ?? '').map((group) =>
    finding(group, system),
  );
}

function hasAddress(id: ServiceId): id is AddressServiceId {
  return id.kind === 'address';
}

/** Returns the interface on which packets for an address leave. */
function wayOut(address: Address, { routes }: System): string | undefined {
  const route = routes.get(address.text);
  return route?.to === 'out' ? route.interface : undefined;
}

/** Returns the finding about services whose addresses share an outgoing interface. */
function finding(services: readonly AddressServiceId[], system: System): Finding {
  const addresses = distinct(
    services.map(({ address }) => address),
    ({ text }) => text,
  );
  const names = addresses.map(({ text }) => text);
  const it = names.length === 1 ? 'it' : 'them';
  const out = addresses[0] && wayOut(addresses[0], system);
  const first = system.interfaces.find(({ name, isUp }) => isUp && name !== 'lo')?.name;
  return {
    problem:
      names.length === 1
        ? `No interface has the virtual address ${names[0]}.`
        : `No interface has any of ${counted(names.length, 'virtual address')}.`,
    services,
    ...(names.length > 1 && { subjects: { noun: 'address', names } }),
    evidence: [
      out ? `packets for ${it} are sent out through ${out}` : `there is no route to ${it}`,
      `the director must have ${it}, or packets for ${it} do not reach IPVS`,
    ],
    repairs: addresses.map((address) => [
      `ip address add ${address}/${8 * address.bytes.length} dev ${shellWord(out ?? first ?? 'INTERFACE')}`,
    ]),
  };
}
