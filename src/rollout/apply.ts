import type { Ipvs } from '../ipvs/client.ts';
import { readTable, type ServiceEntry } from '../ipvs/table.ts';
import type { NetlinkError } from '../netlink/errors.ts';
import { desireOf } from '../rules/desired.ts';
import { type Plan, plan, type Step } from '../rules/plan.ts';
import { requestOf } from '../rules/request.ts';

/** A step of a plan that the kernel refused. */
export interface RefusedStep {
  readonly step: Step;
  readonly error: NetlinkError;
}

/** Options of {@link apply}. */
export interface ApplyOptions {
  /** Called between additions and removals; gives those removals that shall be done. */
  readonly beforeRemovals?: (removals: readonly Step[]) => Promise<readonly Step[]>;
}

/**
 * Carries out a plan that was made for `original`, the table that the kernel has, all of it or nothing: when the kernel
 * refuses a step, the table is made what it was, and the step is given. Counters and connections of what had been
 * removed by then are lost; removals come last.
 *
 * Rejects with {@link NetlinkError} when the conversation with the kernel breaks off. Takes no lock: that somebody else
 * changes the table meanwhile is for the caller to prevent.
 *
 * @example
 * const original = await readTable(ipvs);
 * const refused = await apply(ipvs, original, plan(original, desiredTable(rules).table));
 * if (refused) console.error(formatRules([refused.step.command]), refused.error.message);
 */
export async function apply(
  ipvs: Ipvs,
  original: readonly ServiceEntry[],
  { additions, removals }: Plan,
  options: ApplyOptions = {},
): Promise<RefusedStep | undefined> {
  let refused: RefusedStep | undefined;
  try {
    refused =
      (await run(ipvs, additions)) ??
      (await run(ipvs, (await options.beforeRemovals?.(removals)) ?? removals));
  } catch (error) {
    // Where the conversation has broken off for good, the undoing does too, and the first error is the one to tell.
    await undo(ipvs, original).catch(() => {});
    throw error;
  }
  if (refused) await undo(ipvs, original);
  return refused;
}

const ENOENT = 2;
const ESRCH = 3;

/** Whether what a step takes away is not there any more: somebody else was faster, and all is as it shall be. */
function isGone({ command }: Step, { errno }: NetlinkError): boolean {
  const isRemoval = command.name === 'delete-service' || command.name === 'delete-server';
  return isRemoval && (errno === ENOENT || errno === ESRCH);
}

/** Carries out steps; gives the first that was refused. */
async function run(ipvs: Ipvs, steps: readonly Step[]): Promise<RefusedStep | undefined> {
  const outcomes = await ipvs.batch(steps.flatMap(({ command }) => requestOf(command) ?? []));
  for (const [index, step] of steps.entries()) {
    const error = outcomes[index];
    if (error && !isGone(step, error)) return { step, error };
  }
  return undefined;
}

/** Makes the table what it was. Throws the {@link NetlinkError} with which the kernel refuses that. */
async function undo(ipvs: Ipvs, original: readonly ServiceEntry[]): Promise<void> {
  const { additions, removals } = plan(await readTable(ipvs), desireOf(original));
  const refused = await run(ipvs, [...additions, ...removals]);
  if (refused) throw refused.error;
}
