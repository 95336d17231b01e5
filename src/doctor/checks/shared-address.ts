import type { Address } from '../../ipvs/address.ts';
import type { Finding } from '../finding.ts';
import { shellWord, startDaemon } from '../repair-commands.ts';
import type { Interface, SyncSender, System } from '../system.ts';
import { distinct, isBackup, isLocalAddress, servicesAt } from '../table-queries.ts';

/**
 * Finds virtual addresses that another machine seems to have too, judged without probing the network: from another director's
 * sync messages, from the role of this one, and from the kernel's duplicate address detection for IPv6.
 */
export function sharedVirtualAddresses(system: System): Finding[] {
  const addresses = distinct(
    system.table.flatMap(({ service: { id } }) => (id.kind === 'address' ? [id.address] : [])),
    ({ text }) => text,
  );
  return addresses.flatMap((address) => {
    const duplicate = system.interfaces.find(({ duplicates }) =>
      duplicates.some((one) => one.equals(address)),
    );
    if (duplicate) return [refused(address, duplicate, system)];
    const holder = announcer(address, system);
    if (!holder) return [];
    const rival = system.syncSenders.find(({ virtual }) => virtual.some((one) => one.equals(address)));
    if (rival) return [shared(address, holder, rival, system)];
    return isBackup(system) ? [onBackup(address, holder, system)] : [];
  });
}

/**
 * Returns the interface that has an address and is connected to other machines. On `lo` and dummy interfaces, real servers of
 * direct routing and directors of an anycast address legitimately share an address.
 */
function announcer(address: Address, system: System): Interface | undefined {
  if (!isLocalAddress(system, address)) return undefined;
  return system.interfaces.find(
    ({ name, kind, isUp, addresses }) =>
      isUp && name !== 'lo' && kind !== 'dummy' && addresses.some((one) => one.equals(address)),
  );
}

function refused(address: Address, { name }: Interface, system: System): Finding {
  return {
    problem: `Another machine has the virtual address ${address}.`,
    services: servicesAt(system.table, address),
    evidence: [
      `when it was added to ${name}, another machine answered the kernel's duplicate address detection`,
      'so this machine does not use it',
    ],
    repairs: [[`ip address del ${address}/128 dev ${shellWord(name)}`]],
  };
}

function shared(
  address: Address,
  { name }: Interface,
  { address: rival }: SyncSender,
  system: System,
): Finding {
  return {
    problem: `Two directors have the virtual address ${address}.`,
    services: servicesAt(system.table, address),
    evidence: [
      `${name} has it here`,
      `${rival} has clients of it at this moment, according to its sync messages`,
      'each client reaches the director whose ARP answer it has accepted',
    ],
    repairs: [[`ip address del ${address}/${8 * address.bytes.length} dev ${shellWord(name)}`]],
  };
}

function onBackup(address: Address, { name }: Interface, system: System): Finding {
  return {
    problem: `This director is a backup, but has the virtual address ${address}.`,
    services: servicesAt(system.table, address),
    evidence: [
      `${name} has it, but only the backup daemon is running`,
      'if another director is the master, both have the address',
      'if this one has taken over, it does not announce its connections',
    ],
    repairs: system.daemons.map((daemon) => [startDaemon(daemon, { role: 'master' })]),
  };
}
