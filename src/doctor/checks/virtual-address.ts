import { Address } from '../../ipvs/address.ts';
import type { AddressServiceId, ServiceId } from '../../ipvs/model.ts';
import type { Finding } from '../finding.ts';
import { groupBy, isBackup, isHere } from '../services.ts';
import type { System } from '../system.ts';

/** Virtual addresses that packets do not come to. A director that waits to take over does not have them yet. */
export function missingVirtualAddresses(system: System): Finding[] {
  if (isBackup(system)) return [];
  const services = system.table.map(({ service }) => service.id).filter(hasAddress);
  const missing = services.filter(
    ({ address }) => !isHere(system, address) && !address.equals(Address.any(address.family)),
  );
  return groupBy(missing, ({ address }) => address.text).map((group) => finding(group, system));
}

function hasAddress(id: ServiceId): id is AddressServiceId {
  return id.kind === 'address';
}

function finding(services: readonly AddressServiceId[], { routes, interfaces }: System): Finding {
  const [address = Address.any('inet')] = services.map((service) => service.address);
  const route = routes.get(address.text);
  const way =
    route?.to === 'out' && route.interface
      ? `packets for it are sent out through ${route.interface}`
      : 'there is no way to it';
  const first = interfaces.find(({ name, isUp }) => isUp && name !== 'lo')?.name;
  const length = 8 * address.bytes.length;
  return {
    problem: `The virtual address ${address} is on no interface.`,
    services,
    evidence: [way, 'the director must have it, or packets for it do not come to IPVS'],
    mend: [`ip address add ${address}/${length} dev ${route?.interface ?? first ?? 'INTERFACE'}`],
  };
}
