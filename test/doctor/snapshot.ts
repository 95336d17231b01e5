import assert from 'node:assert/strict';
import type { SettingName } from '../../src/doctor/observe/settings.ts';
import type { Interface, Route, System } from '../../src/doctor/system.ts';
import type { Destination, Service, ServiceId } from '../../src/ipvs/model.ts';
import { initialState } from '../../src/ipvs/state.ts';
import type { ServiceEntry } from '../../src/ipvs/table.ts';
import { numericOnly } from '../../src/rules/names.ts';
import { parseCommand } from '../../src/rules/parse.ts';
import { address } from '../ipvs/values.ts';

/** Differences from a healthy director. */
export interface Changes {
  readonly hasIpvs?: boolean;
  readonly marking?: System['marking'];
  readonly daemons?: System['daemons'];
  readonly syncSenders?: System['syncSenders'];
  readonly sourceNat?: System['sourceNat'];
  readonly expected?: System['expected'];
  readonly connections?: Partial<System['connections']>;
  readonly interfaces?: readonly (Pick<Interface, 'name' | 'isUp' | 'addresses'> & Partial<Interface>)[];
  readonly routes?: Readonly<Record<string, Route>>;
  readonly defaultInterfaces?: readonly string[];
  readonly settings?: Readonly<Partial<Record<SettingName, string>>>;
  /** Names of loaded modules; `*` marks those in use. */
  readonly modules?: readonly string[];
  readonly listeners?: System['listeners'];
}

export const here: Route = { to: 'here' };
export const onLan: Route = { to: 'out', interface: 'lan' };

const noStats = {
  ...{ connections: 0n, inPackets: 0n, outPackets: 0n, inBytes: 0n, outBytes: 0n },
  ...{ connectionRate: 0n, inPacketRate: 0n, outPacketRate: 0n, inByteRate: 0n, outByteRate: 0n },
};

/**
 * Returns a healthy director with the services of these commands: its own addresses 192.0.2.* and 2001:db8:1::* are on `lan`,
 * and it has a route to all other addresses. `changes` are applied on top.
 */
export function system(rules: readonly string[], changes: Changes = {}): System {
  const table = tableOf(rules);
  const routes = new Map<string, Route>();
  for (const { service, destinations } of table) {
    if (service.id.kind === 'address') routes.set(service.id.address.text, here);
    for (const { id } of destinations) routes.set(id.address.text, onLan);
  }
  for (const [text, route] of Object.entries(changes.routes ?? {})) routes.set(text, route);
  const modules = changes.modules ?? ['ip_vs', 'ip_vs_rr'];
  return {
    hasIpvs: changes.hasIpvs ?? true,
    table,
    timeouts: initialState.timeouts,
    daemons: changes.daemons ?? [],
    syncSenders: changes.syncSenders ?? [],
    connections: { count: 3, buckets: 4096, open: [], answers: [], ...changes.connections },
    interfaces: (
      changes.interfaces ?? [
        { name: 'lo', isUp: true, addresses: [address('127.0.0.1')] },
        { name: 'lan', isUp: true, addresses: [address('192.0.2.100'), address('2001:db8:1::100')] },
      ]
    ).map((one) => ({ isMulticast: true, duplicates: [], ...one })),
    routes,
    defaultInterfaces: changes.defaultInterfaces ?? ['lan'],
    settings: new Map(
      Object.entries({
        'net.ipv4.ip_forward': '1',
        'net.ipv6.conf.all.forwarding': '1',
        'net.ipv4.conf.all.rp_filter': '0',
        'net.ipv4.conf.lan.rp_filter': '0',
        'net.ipv4.conf.lan.forwarding': '1',
        'net.ipv4.vs.conntrack': '0',
        'net.ipv4.vs.expire_nodest_conn': '0',
        ...changes.settings,
      }) as [SettingName, string][],
    ),
    modules: {
      loaded: new Set(modules.map((name) => name.replace('*', ''))),
      inUse: new Set(modules.filter((name) => name.endsWith('*')).map((name) => name.replace('*', ''))),
    },
    listeners: changes.listeners ?? [],
    marking: changes.marking ?? { setters: [], isComplete: false },
    sourceNat: changes.sourceNat ?? { rules: [], isComplete: false },
    expected: changes.expected,
    unreadable: [],
  };
}

function tableOf(rules: readonly string[]): ServiceEntry[] {
  const entries: { service: Service; destinations: Destination[] }[] = [];
  for (const rule of rules) {
    const command = parseCommand(rule.split(' '), numericOnly);
    if (command.name === 'add-service') {
      entries.push({
        service: { id: command.service, ...command.settings, stats: noStats },
        destinations: [],
      });
      continue;
    }
    assert.ok(command.name === 'add-server', rule);
    const same = ({ service }: { service: { id: ServiceId } }) =>
      JSON.stringify(service.id) === JSON.stringify(command.service);
    entries.find(same)?.destinations.push({
      id: command.server,
      ...command.settings,
      ...{ activeConnections: 0, inactiveConnections: 0, persistentConnections: 0 },
      stats: noStats,
    });
  }
  return entries;
}
