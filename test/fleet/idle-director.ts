import { type DirectorState, initialState } from '../../src/ipvs/state.ts';
import type { DesiredState } from '../../src/rules/desired.ts';
import { noStats } from '../ipvs/values.ts';

/** Returns the state of an idle director to which rules have been applied. */
export function stateOf({ table, timeouts, daemons }: DesiredState): DirectorState {
  return {
    table: [...table.values()].map(({ service, settings, servers }) => ({
      service: { ...settings, id: service, stats: noStats },
      destinations: [...servers.values()].map(({ server, settings: own }) => ({
        ...own,
        id: server,
        activeConnections: 0,
        inactiveConnections: 0,
        persistentConnections: 0,
        stats: noStats,
      })),
    })),
    timeouts: timeouts?.timeouts ?? initialState.timeouts,
    daemons: [...(daemons?.values() ?? [])].flatMap(({ daemon }) => daemon ?? []),
  };
}
