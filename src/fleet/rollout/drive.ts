import { randomUUID } from 'node:crypto';
import { putDocument, type Stored } from '../documents/entries.ts';
import type { Keys } from '../documents/keys.ts';
import { driverDocument, type Rollout } from '../documents/rollout.ts';
import { type FleetState, readFleet } from '../status/fleet-state.ts';
import { StoreError } from '../store/error.ts';
import { LeasedKey } from '../store/leased-key.ts';
import { retryWhileUnreachable, waitForChange } from '../store/retry.ts';
import type { Store } from '../store/store.ts';
import { advance, begin, checked, type Step, targetsAtOnce } from './advance.ts';
import { writeRollout } from './write.ts';

/** Dependencies of the driver of a rollout. */
export interface Driver {
  readonly store: Store;
  readonly keys: Keys;
  /** Id of the rollout, and name of the driver. */
  readonly id: string;
  readonly holder: string;
  readonly now: () => number;
  /** Stops the driver: nothing further happens to the fleet. */
  readonly stop: AbortSignal;
  /** Shows the plans, and asks whether to proceed. */
  readonly ask: (fleet: FleetState, rollout: Rollout) => Promise<boolean>;
  /** Runs the check command for a wave; resolves to the reason if the wave fails, otherwise to undefined. */
  readonly check: (directors: readonly string[], rollout: Rollout) => Promise<string | undefined>;
  /** Shows the progress; called after each read of the fleet. */
  readonly show: (fleet: FleetState, rollout: Rollout, waitingFor: string | undefined) => void;
  /** Reports that the store cannot be reached. */
  readonly onUnreachable: (sentence: string) => void;
}

/** Outcome of {@link drive}. */
export type DriveEnd =
  /** The rollout is done, halted, paused or aborted. */
  | { readonly kind: 'ended'; readonly rollout: Rollout; readonly fleet: FleetState }
  /** Another driver has taken over the rollout, or another rollout has replaced it. */
  | { readonly kind: 'taken-over'; readonly by: string }
  /** The driver was told to stop. */
  | { readonly kind: 'left'; readonly rollout: Rollout };

/** Milliseconds between a change and the next read: collects reports that arrive together. */
const settle = 200;

/** Drives a rollout until it ends, another driver takes it over, or the driver is told to stop. */
export async function drive(driver: Driver): Promise<DriveEnd> {
  const last: { rollout?: Rollout } = {};
  const sign = signOf(driver);
  // Nothing waits for the sign: it stops no other driver.
  void sign.begin();
  try {
    return await driveOn(driver, last);
  } catch (error) {
    if (!(error instanceof StoreError) || !driver.stop.aborted || !last.rollout) throw error;
    return { kind: 'left', rollout: last.rollout };
  } finally {
    await sign.end();
  }
}

/** Returns the key that shows others that somebody drives the rollout. */
function signOf({ store, keys, id, holder, now }: Driver): LeasedKey {
  const key = keys.driver(randomUUID());
  const since = new Date(now()).toISOString();
  const put = putDocument(key, driverDocument, { rollout: id, holder, since });
  return new LeasedKey(store, { prepare: async () => ({ compares: [], put }) });
}

/** Drives a rollout, and stores the state that was read last in `last`. */
async function driveOn(driver: Driver, last: { rollout?: Rollout }): Promise<DriveEnd> {
  const { store, keys, id, holder, stop } = driver;
  let known: FleetState | undefined;
  for (;;) {
    const fleet: FleetState = known ?? (await read(driver));
    known = undefined;
    const { rollout } = fleet;
    if (!rollout || rollout.content.id !== id || rollout.content.holder !== holder) {
      return { kind: 'taken-over', by: rollout?.content.holder ?? 'nobody' };
    }
    const { content } = rollout;
    last.rollout = content;
    if (stop.aborted) return { kind: 'left', rollout: content };
    const step = advance(fleet, content, driver.now());
    driver.show(fleet, content, step.act === 'wait' ? step.for : undefined);
    if (step.act === 'commit') {
      known = await commit(driver, fleet, rollout, step);
      continue;
    }
    const end = await carryOut(driver, fleet, rollout, step);
    if (end) return end;
    if (step.act === 'wait') {
      const { milliseconds } = step;
      await waitForChange(store, keys.state, fleet.revision, { stop, milliseconds, settle });
    }
  }
}

/**
 * Writes a step. If more targets may remain to be written, returns the resulting fleet, which saves reading it again: that takes
 * seconds for 20,000 directors, whose targets are written in 200 transactions.
 */
async function commit(
  driver: Driver,
  fleet: FleetState,
  before: Stored<Rollout>,
  { rollout, targets }: Extract<Step, { act: 'commit' }>,
): Promise<FleetState | undefined> {
  const { store, keys } = driver;
  const revision = await retryWhileUnreachable(driver, () =>
    writeRollout(store, keys, before, rollout, targets),
  );
  if (revision === undefined || targets.size < targetsAtOnce) return undefined;
  const written = [...targets].map(([name, content]) => [name, { content, modRevision: revision }] as const);
  return {
    ...fleet,
    revision,
    rollout: { content: rollout, modRevision: revision },
    targets: new Map([...fleet.targets, ...written]),
  };
}

async function carryOut(
  driver: Driver,
  fleet: FleetState,
  rollout: Stored<Rollout>,
  step: Exclude<Step, { act: 'commit' }>,
): Promise<DriveEnd | undefined> {
  const { store, keys, now } = driver;
  const { content } = rollout;
  const write = (next: Rollout) =>
    retryWhileUnreachable(driver, () => writeRollout(store, keys, rollout, next));
  switch (step.act) {
    case 'end':
      return { kind: 'ended', rollout: content, fleet };
    case 'ask':
      if (!(await driver.ask(fleet, content))) {
        const reason = 'the plans were declined';
        const changed = new Date(now()).toISOString();
        const aborted: Rollout = { ...content, state: 'aborted', reason, changed };
        // If somebody else was faster, the next read shows it.
        return (await write(aborted)) ? { kind: 'ended', rollout: aborted, fleet } : undefined;
      }
      await write(begin(fleet, content, now()));
      return undefined;
    case 'check':
      await write(checked(content, await driver.check(step.directors, content), now()));
      return undefined;
    case 'wait':
      return undefined;
  }
}

/** Reads the fleet; retries while the store cannot be reached. */
function read(driver: Driver): Promise<FleetState> {
  return retryWhileUnreachable(driver, () => readFleet(driver.store, driver.keys));
}
