import type { Stats } from '../../src/ipvs/model.ts';
import { type DirectorState, initialState } from '../../src/ipvs/state.ts';
import type { DesiredState } from '../../src/rules/desired.ts';

const noTraffic: Stats = {
  connections: 0n,
  inPackets: 0n,
  outPackets: 0n,
  inBytes: 0n,
  outBytes: 0n,
  connectionRate: 0n,
  inPacketRate: 0n,
  outPacketRate: 0n,
  inByteRate: 0n,
  outByteRate: 0n,
};

/** Returns the state of an idle director on which rules have been carried out. */
export function stateOf({ table, timeouts, daemons }: DesiredState): DirectorState {
  return {
    table: [...table.values()].map(({ service, settings, servers }) => ({
      service: { ...settings, id: service, stats: noTraffic },
      destinations: [...servers.values()].map(({ server, settings: own }) => ({
        ...own,
        id: server,
        activeConnections: 0,
        inactiveConnections: 0,
        persistentConnections: 0,
        stats: noTraffic,
      })),
    })),
    timeouts: timeouts?.timeouts ?? initialState.timeouts,
    daemons: [...(daemons?.values() ?? [])].flatMap(({ daemon }) => daemon ?? []),
  };
}
