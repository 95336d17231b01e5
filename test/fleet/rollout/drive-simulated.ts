import { type Driver, drive } from '../../../src/fleet/rollout/drive.ts';
import { keys } from '../simulated-agent.ts';
import type { SimulatedFleet } from '../simulated-fleet.ts';

/** Drives a rollout of holder `me` as its command does; unless `parts` differ, the plans and all checks are accepted. */
export function driveSimulated(fleet: SimulatedFleet, id: string, parts: Partial<Driver> = {}) {
  return drive({
    ...{ store: fleet.store, keys, id, holder: 'me', now: () => fleet.time },
    stop: new AbortController().signal,
    ask: async () => true,
    check: async () => undefined,
    show: () => {},
    onUnreachable: () => {},
    ...parts,
  });
}
