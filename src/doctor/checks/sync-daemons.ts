import type { SyncDaemon } from '../../ipvs/model.ts';
import type { Finding } from '../finding.ts';
import { commandLine, shellWord, startDaemon } from '../repair-commands.ts';
import type { System } from '../system.ts';
import { groupBy, hasAddressOf } from '../table-queries.ts';

/** Sync ID with which a backup accepts the messages of all directors. */
const anyId = 0;

/** Finds sync daemons that cannot hear each other because of their interfaces or sync IDs. */
export function mismatchedSyncDaemons(system: System): Finding[] {
  return [...wrongInterfaces(system), ...foreignIds(system), ...otherIds(system)];
}

/** Finds daemons on an interface that carries no multicast. */
function wrongInterfaces({ daemons, interfaces }: System): Finding[] {
  return groupBy(daemons, (daemon) => daemon.interface).flatMap((group) => {
    const name = group[0]?.interface ?? '';
    const used = interfaces.find((one) => one.name === name);
    if (used?.isUp && used.isMulticast) return [];
    const roles = group.map(({ role }) => role).join(' and ');
    const uses = `the ${roles} ${group.length === 1 ? 'daemon uses' : 'daemons use'} it`;
    const finding = { services: [], problem: `No sync messages pass through ${name}.` };
    if (!used) {
      const repairs = group.map((daemon) => restart(daemon, { interface: 'INTERFACE' }));
      return [{ ...finding, evidence: [uses, 'it no longer exists'], repairs }];
    }
    if (!used.isUp)
      return [
        { ...finding, evidence: [uses, 'it is down'], repairs: [[`ip link set ${shellWord(name)} up`]] },
      ];
    if (name === 'lo') {
      const repairs = group.map((daemon) => restart(daemon, { interface: 'INTERFACE' }));
      return [{ ...finding, evidence: [uses, 'packets sent through it stay on this machine'], repairs }];
    }
    return [
      {
        ...finding,
        problem: `Sync messages may not pass through ${name}.`,
        evidence: [uses, 'it lacks the flag MULTICAST, and sync messages are multicast'],
        repairs: [[`ip link set ${shellWord(name)} multicast on`]],
      },
    ];
  });
}

/** Finds other directors whose messages about this director's services are ignored because of their sync ID. */
function foreignIds({ daemons, syncSenders, table }: System): Finding[] {
  const backup = daemons.find(({ role }) => role === 'backup');
  if (!backup || backup.syncId === anyId) return [];
  const ignored = syncSenders.filter(
    ({ syncId, virtual }) =>
      syncId !== backup.syncId && virtual.some((address) => hasAddressOf(table, address)),
  );
  return ignored.map(({ address, syncId }) => ({
    problem: `The backup daemon ignores the sync messages of ${address}.`,
    services: table.map(({ service }) => service.id),
    evidence: [
      `${address} uses the sync ID ${syncId}, for virtual addresses of this director`,
      `the backup daemon accepts only messages with the sync ID ${backup.syncId}`,
    ],
    repairs: [restart(backup, { syncId })],
  }));
}

/** Finds daemons whose sync ID differs from that of the opposite daemon in the expected state. */
function otherIds({ daemons, expected }: System): Finding[] {
  const opposite = { master: 'backup', backup: 'master' } as const;
  return daemons.flatMap((daemon): Finding[] => {
    const other = expected?.state.daemons?.get(opposite[daemon.role])?.daemon;
    const backup = daemon.role === 'backup' ? daemon : other;
    if (!expected || !other || other.syncId === daemon.syncId || backup?.syncId === anyId) return [];
    return [
      {
        problem: 'The sync daemons of the directors have different sync IDs.',
        services: [],
        evidence: [
          `the ${daemon.role} daemon has the sync ID ${daemon.syncId}`,
          `the ${other.role} daemon in ${expected.file} has ${other.syncId}`,
          'a backup accepts only messages with its own sync ID',
        ],
        repairs: [restart(daemon, { syncId: other.syncId })],
      },
    ];
  });
}

/** Returns the commands that restart a daemon with changed settings. */
function restart(daemon: SyncDaemon, change: Partial<SyncDaemon>): string[] {
  return [commandLine({ name: 'stop-daemon', role: daemon.role }), startDaemon(daemon, change)];
}
