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
import { lastRollout } from './control.ts';
import { begin } from './preview.ts';
import { renewalOf } from './renewal.ts';
import { isOver } from './start.ts';
import { changed, type Step, targetsAtOnce } from './step.ts';
import { postponed } from './times.ts';
import { writeRenewal, writeRollout } from './write.ts';

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
  /** Shows the plans, and asks whether to proceed; resolves to false, too, where {@link stop} aborts meanwhile. */
  readonly ask: (fleet: FleetState, rollout: Rollout) => Promise<boolean>;
  /**
   * Runs the check command for a wave; resolves to the reason if the wave fails, otherwise to undefined. What it resolves to does
   * not count where {@link stop} has aborted meanwhile, which ends the command.
   */
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
  /** Somebody else has paused, aborted or replaced the rollout, or drives it now. */
  | TakenOver
  /** The driver was told to stop. The rollout is aborted if it was not begun yet. */
  | { readonly kind: 'left'; readonly rollout: Rollout; readonly fleet: FleetState };

/** The end of a driver that found its rollout changed by somebody else. */
export interface TakenOver {
  readonly kind: 'taken-over';
  /** The rollout that is in the store now, if any. */
  readonly present: Rollout | undefined;
  /** Whether that is another one than the driver's. */
  readonly isReplaced: boolean;
  /** Reason why the driver's check has failed a wave, which could not be recorded any more. */
  readonly failure?: string | undefined;
}

/** A rollout, and the fleet with which it was read. */
interface Seen {
  readonly fleet: FleetState;
  readonly rollout: Stored<Rollout>;
}

/** Milliseconds between a change and the next read: collects reports that arrive together. */
const settle = 200;

/** Drives a rollout until it ends, somebody else changes it, or the driver is told to stop. */
export async function drive(driver: Driver): Promise<DriveEnd> {
  const last: { seen?: Seen } = {};
  const sign = signOf(driver);
  // Nothing waits for the sign: it stops no other driver.
  void sign.begin();
  try {
    return await driveOn(driver, last);
  } catch (error) {
    if (!last.seen) throw error;
    if (!(error instanceof StoreError)) {
      // Such as a closed standard output: nobody has seen the plans.
      await withdrawn(driver, last.seen.rollout.content, 'its driver failed before anything was changed');
      throw error;
    }
    if (!driver.stop.aborted) throw error;
    return { kind: 'left', rollout: last.seen.rollout.content, fleet: last.seen.fleet };
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
async function driveOn(driver: Driver, last: { seen?: Seen }): Promise<DriveEnd> {
  const { store, keys, stop } = driver;
  const outage = new Outage(driver);
  let known: FleetState | undefined;
  for (;;) {
    const fleet: FleetState = known ?? (await read(outage));
    known = undefined;
    const { rollout } = fleet;
    if (!rollout || !isOwn(driver, rollout.content)) return takenOver(driver, rollout?.content);
    const { content } = rollout;
    last.seen = { fleet, rollout };
    if (stop.aborted) return leave(driver, fleet, content);
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

/** Whether this driver drives a rollout. */
function isOwn({ id, holder }: Driver, rollout: Rollout): boolean {
  return rollout.id === id && rollout.holder === holder;
}

function takenOver({ id }: Driver, present: Rollout | undefined, failure?: string): TakenOver {
  return { kind: 'taken-over', present, isReplaced: present?.id !== id, failure };
}

/** Ends a driver that was told to stop. */
async function leave(driver: Driver, fleet: FleetState, rollout: Rollout): Promise<DriveEnd> {
  const reason = 'interrupted before anything was changed';
  return { kind: 'left', rollout: await withdrawn(driver, rollout, reason), fleet };
}

/** Maximum number of times that a rollout is read and written again if it is changed meanwhile. */
const attempts = 5;

/**
 * Aborts a rollout that has changed no director yet, so that it does not stand in the way of the next one. Returns what is known
 * of the rollout then: one that is begun can be resumed, as can one whose end the store did not take.
 */
async function withdrawn(driver: Driver, rollout: Rollout, reason: string): Promise<Rollout> {
  if (rollout.phase !== 'preview') return rollout;
  const { store, keys, now } = driver;
  try {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const present = await lastRollout(store, keys);
      // The last attempt may have succeeded, and its answer been lost.
      if (present?.content.id === rollout.id && isOver(present.content)) return present.content;
      if (!present || !isSamePosition(present.content, rollout)) return rollout;
      const aborted = abortedBecause(present.content, reason, now());
      if ((await writeRollout(store, keys, present, aborted)) !== undefined) return aborted;
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
  return rollout;
}

function abortedBecause(rollout: Rollout, reason: string, now: number): Rollout {
  return changed(rollout, { state: 'aborted', reason }, now);
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
  rollout: Stored<Rollout>,
  step: Exclude<Step, { act: 'commit' }>,
): Promise<DriveEnd | undefined> {
  const { driver } = outage;
  const { content } = rollout;
  switch (step.act) {
    case 'renew':
      await renew(outage, rollout);
      return undefined;
    case 'end':
      return { kind: 'ended', rollout: content, fleet };
    case 'ask':
      return ask(outage, fleet, content);
    case 'check': {
      if (content.options.confirm !== undefined) await renew(outage, rollout);
      const failure = await driver.check(step.directors, content);
      return driver.stop.aborted ? leave(driver, fleet, content) : recordCheck(outage, content, failure);
    }
    case 'wait':
      return undefined;
  }
}

/**
 * Asks whether to proceed, and writes the answer. The question takes its time: what the directors report is read again after it,
 * and an operator may have set a group or a hold meanwhile. If somebody has changed the rollout itself, the next read shows it.
 */
async function ask(outage: Outage, fleet: FleetState, before: Rollout): Promise<DriveEnd | undefined> {
  const { driver } = outage;
  const isApproved = await driver.ask(fleet, before);
  if (!isApproved && driver.stop.aborted) return leave(driver, fleet, before);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const latest = await read(outage);
    const { rollout } = latest;
    if (!rollout || !isSamePosition(rollout.content, before)) return undefined;
    const next = isApproved
      ? begin(latest, rollout.content, driver.now())
      : abortedBecause(rollout.content, 'the plans were declined', driver.now());
    if (await write(outage, rollout, next))
      return isApproved ? undefined : { kind: 'ended', rollout: next, fleet: latest };
  }
  return undefined;
}

/**
 * Records whether a wave has passed its check. Where the write is lost, or an operator has changed settings, writes it again:
 * checks can be long, and differ.
 */
async function recordCheck(
  outage: Outage,
  before: Rollout,
  failure: string | undefined,
): Promise<TakenOver | undefined> {
  const { driver } = outage;
  for (;;) {
    const { rollout: present } = await read(outage);
    if (!present || !isOwn(driver, present.content)) return takenOver(driver, present?.content, failure);
    if (!isSamePosition(present.content, before) || present.content.checked) return undefined;
    if (await write(outage, present, checked(present.content, failure, driver.now()))) return undefined;
  }
}

/** Whether nobody has changed a rollout in a way that matters to its driver. */
function isSamePosition(one: Rollout, other: Rollout): boolean {
  return isDeepStrictEqual(positionOf(one), positionOf(other));
}

function positionOf({ id, holder, state, phase, wave }: Rollout) {
  return { id, holder, state, phase, wave };
}

/** Renews the time in which directors must be confirmed. */
function renew(outage: Outage, before: Stored<Rollout>): Promise<void> {
  const { store, keys, now } = outage.driver;
  return outage.survive(() => writeRenewal(store, keys, before, renewalOf(before.content, now())));
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
