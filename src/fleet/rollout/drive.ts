import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { putDocument, type Stored } from '../documents/entries.ts';
import type { Keys } from '../documents/keys.ts';
import { driverDocument, type Rollout } from '../documents/rollout.ts';
import { type FleetState, readFleet } from '../status/fleet-state.ts';
import { StoreError } from '../store/error.ts';
import { LeasedKey } from '../store/leased-key.ts';
import { retryWhileUnreachable, waitForChange } from '../store/retry.ts';
import type { Store } from '../store/store.ts';
import { advance, checked } from './advance.ts';
import { begin } from './preview.ts';
import { changed, type Step, targetsAtOnce } from './step.ts';
import { postponed } from './times.ts';
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
  const outage = new Outage(driver);
  let known: FleetState | undefined;
  for (;;) {
    const fleet: FleetState = known ?? (await read(outage));
    known = undefined;
    const { rollout } = fleet;
    if (!rollout || rollout.content.id !== id || rollout.content.holder !== holder) {
      return { kind: 'taken-over', by: rollout?.content.holder ?? 'nobody' };
    }
    const { content } = rollout;
    last.rollout = content;
    if (stop.aborted) return { kind: 'left', rollout: content };
    if (outage.milliseconds > 0 && content.state === 'active') {
      if (await write(outage, rollout, postponed(content, outage.milliseconds))) outage.milliseconds = 0;
      continue;
    }
    const step = advance(fleet, content, driver.now());
    driver.show(fleet, content, step.act === 'wait' ? step.for : undefined);
    if (step.act === 'commit') {
      known = await commit(outage, fleet, rollout, step);
      continue;
    }
    const end = await carryOut(outage, fleet, rollout, step);
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
  outage: Outage,
  fleet: FleetState,
  before: Stored<Rollout>,
  { rollout, targets }: Extract<Step, { act: 'commit' }>,
): Promise<FleetState | undefined> {
  const revision = await write(outage, before, rollout, targets);
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
  outage: Outage,
  fleet: FleetState,
  { content }: Stored<Rollout>,
  step: Exclude<Step, { act: 'commit' }>,
): Promise<DriveEnd | undefined> {
  const { driver } = outage;
  switch (step.act) {
    case 'end':
      return { kind: 'ended', rollout: content, fleet };
    case 'ask': {
      const isApproved = await driver.ask(fleet, content);
      const result = await writeLatest(outage, content, (latest, rollout) =>
        isApproved ? begin(latest, rollout, driver.now()) : rejected(rollout, driver.now()),
      );
      return result && !isApproved ? { kind: 'ended', rollout: result, fleet } : undefined;
    }
    case 'check': {
      const failure = await driver.check(step.directors, content);
      await writeLatest(outage, content, (_, rollout) => checked(rollout, failure, driver.now()));
      return undefined;
    }
    case 'wait':
      return undefined;
  }
}

/**
 * Writes what follows from a question or a check that took its time: it is read again what the directors report by now, and an
 * operator may have set a group or a hold meanwhile. Returns the rollout that was written; undefined if somebody has changed the
 * rollout meanwhile, which the next read shows.
 */
async function writeLatest(
  outage: Outage,
  before: Rollout,
  next: (latest: FleetState, rollout: Rollout) => Rollout,
): Promise<Rollout | undefined> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const latest = await read(outage);
    const { rollout } = latest;
    if (!rollout || !isDeepStrictEqual(positionOf(rollout.content), positionOf(before))) return undefined;
    const replacement = next(latest, rollout.content);
    if (await write(outage, rollout, replacement)) return replacement;
  }
  return undefined;
}

/** Returns what somebody else's change of a rollout would alter. */
function positionOf({ id, holder, state, phase, wave }: Rollout) {
  return { id, holder, state, phase, wave };
}

function rejected(rollout: Rollout, now: number): Rollout {
  return changed(rollout, { state: 'aborted', reason: 'the plans were declined' }, now);
}

/** Reads the fleet; retries while the store cannot be reached. */
function read(outage: Outage): Promise<FleetState> {
  const { store, keys } = outage.driver;
  return outage.survive(() => readFleet(store, keys));
}

/** Writes a rollout and targets; retries while the store cannot be reached. */
function write(
  outage: Outage,
  before: Stored<Rollout>,
  rollout: Rollout,
  targets?: Extract<Step, { act: 'commit' }>['targets'],
): Promise<bigint | undefined> {
  const { store, keys } = outage.driver;
  return outage.survive(() => writeRollout(store, keys, before, rollout, targets));
}

/** The time in which a driver could not reach the store, and so did not see what the directors report. */
class Outage {
  readonly driver: Driver;
  /** The time that is not yet taken into account. */
  milliseconds = 0;

  constructor(driver: Driver) {
    this.driver = driver;
  }

  /** Runs a task; retries while the store cannot be reached. */
  async survive<T>(task: () => Promise<T>): Promise<T> {
    const { now, stop, onUnreachable } = this.driver;
    const begun = now();
    let isOut = false;
    const note = (sentence: string) => {
      isOut = true;
      onUnreachable(sentence);
    };
    const result = await retryWhileUnreachable({ stop, onUnreachable: note }, task);
    if (isOut) this.milliseconds += now() - begun;
    return result;
  }
}
