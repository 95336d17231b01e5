import type { Stored } from '../documents/entries.ts';
import type { Keys } from '../documents/keys.ts';
import type { Rollout } from '../documents/rollout.ts';
import { FleetError } from '../fleet-error.ts';
import { readFleet } from '../status/fleet-state.ts';
import type { Store } from '../store/store.ts';
import { isOver } from './start.ts';
import { writeRollout } from './write.ts';

/** Who changes a rollout, and when: milliseconds since 1970. */
export interface By {
  readonly holder: string;
  readonly now: number;
}

/**
 * Puts a new rollout in the place of the one that was read.
 *
 * @throws {FleetError} where somebody else has been quicker.
 */
export async function placeRollout(
  store: Store,
  keys: Keys,
  before: Stored<Rollout> | undefined,
  rollout: Rollout,
): Promise<void> {
  if (await writeRollout(store, keys, before, rollout)) return;
  const present = (await readFleet(store, keys)).rollout?.content;
  if (present?.id === rollout.id) return;
  throw new FleetError(
    `${present?.holder ?? 'somebody'} has changed the rollout meanwhile: look at it (ipvsadm-fleet status)`,
  );
}

/** Holds a rollout: its driver ends, and no further director is told anything. */
export function pauseRollout(store: Store, keys: Keys, by: By): Promise<Rollout> {
  return change(store, keys, (rollout) => {
    if (rollout.state !== 'active')
      throw new FleetError(`the rollout of revision ${rollout.revision} is ${rollout.state} already`);
    return {
      ...rollout,
      state: 'paused',
      holder: by.holder,
      reason: `paused by ${by.holder}`,
      changed: timeOf(by),
    };
  });
}

/** Ends a rollout where it stands: directors that were told keep the revision, the others are told nothing. */
export function abortRollout(store: Store, keys: Keys, by: By): Promise<Rollout> {
  return change(store, keys, (rollout) => ({
    ...rollout,
    state: 'aborted',
    holder: by.holder,
    reason: `aborted by ${by.holder}`,
    changed: timeOf(by),
  }));
}

/** Takes a rollout over. Where it has halted, it goes on without the directors that failed. */
export function resumeRollout(store: Store, keys: Keys, by: By): Promise<Rollout> {
  return change(store, keys, ({ reason: _, ...rollout }) => ({
    ...rollout,
    state: 'active',
    holder: by.holder,
    skipped: {
      ...rollout.skipped,
      ...Object.fromEntries(
        Object.entries(rollout.failed).map(([name, why]) => [name, `failed: ${why}`.slice(0, 1000)]),
      ),
    },
    failed: {},
    // Directors that are in the middle of it get the whole time again.
    since: timeOf(by),
    changed: timeOf(by),
  }));
}

const attempts = 20;

/** Changes the rollout against its modification revision, anew where somebody else has been quicker. */
async function change(store: Store, keys: Keys, next: (rollout: Rollout) => Rollout): Promise<Rollout> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const present = await presentRollout(store, keys);
    const rollout = next(present.content);
    if (await writeRollout(store, keys, present, rollout)) return rollout;
  }
  throw new FleetError('the rollout is changed so often that there is no coming in between: try again');
}

/**
 * Reads the rollout that is under way.
 *
 * @throws {FleetError} where there is none, or it is over.
 */
export async function presentRollout(store: Store, keys: Keys): Promise<Stored<Rollout>> {
  const { rollout } = await readFleet(store, keys);
  if (!rollout || isOver(rollout.content)) throw new FleetError('no rollout is under way');
  return rollout;
}

function timeOf({ now }: By): string {
  return new Date(now).toISOString();
}
