import { incompleteBackups } from './checks/backup-table.ts';
import { crowdedConnectionTable } from './checks/connection-table.ts';
import { untrackedConnections } from './checks/conntrack.ts';
import { unexpectedTables } from './checks/expected-table.ts';
import { foreignForwarding } from './checks/foreign-forwarding.ts';
import { forwardingOff } from './checks/forwarding.ts';
import { hashedToUnavailable } from './checks/hashed-server.ts';
import { missingIpvs } from './checks/ipvs.ts';
import { localServersWithoutListener } from './checks/local-server.ts';
import { clientsOfRemovedServers } from './checks/removed-server.ts';
import { reversePathFilters } from './checks/reverse-path.ts';
import { missingSchedulers } from './checks/scheduler.ts';
import { portsWithoutEffect } from './checks/server-port.ts';
import { unreachableServers } from './checks/server-route.ts';
import { servicesWithoutServers } from './checks/servers.ts';
import { sharedVirtualAddresses } from './checks/shared-address.ts';
import { answersPastDirector } from './checks/source-nat.ts';
import { mismatchedSyncDaemons } from './checks/sync-daemons.ts';
import { marksThatNothingSets } from './checks/unset-mark.ts';
import { missingVirtualAddresses } from './checks/virtual-address.ts';
import type { Finding, Found } from './finding.ts';
import type { System } from './system.ts';

/** All checks, in the order in which a packet passes the things that they examine. */
const checks: readonly ((system: System) => Found)[] = [
  missingIpvs,
  missingVirtualAddresses,
  sharedVirtualAddresses,
  marksThatNothingSets,
  reversePathFilters,
  clientsOfRemovedServers,
  missingSchedulers,
  servicesWithoutServers,
  hashedToUnavailable,
  foreignForwarding,
  unreachableServers,
  portsWithoutEffect,
  localServersWithoutListener,
  forwardingOff,
  answersPastDirector,
  untrackedConnections,
  crowdedConnectionTable,
  mismatchedSyncDaemons,
  incompleteBackups,
  unexpectedTables,
];

/** Runs all checks and returns their findings. */
export function examine(system: System): Finding[] {
  return flat(checks.map((check) => check(system)));
}

function flat(found: Found): Finding[] {
  if (Array.isArray(found)) return found.flatMap(flat);
  return found ? [found] : [];
}
