import type { Ipvs } from '../ipvs/client.ts';
import { destinationKey, type ServiceId, serviceKey } from '../ipvs/model.ts';
import { type DirectorState, readState } from '../ipvs/state.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import type { NetlinkError } from '../netlink/errors.ts';
import { EEXIST, ESRCH } from '../platform/errno.ts';
import { planFrom, presentState } from '../rules/plan.ts';
import { requestOf } from '../rules/request.ts';
import type { Plan, PlanScope, Step } from '../rules/step.ts';
import { isGone } from './gone.ts';
import { formerState, type Progress } from './undo.ts';

/**
 * A step of a plan that the kernel refused.
 *
 * @example
 * const sentence = ({ step, error }: RefusedStep) => `${formatRules([step.command])}: ${error.message}`;
 */
export interface RefusedStep {
  readonly step: Step;
  readonly error: NetlinkError;
}

/**
 * The step of a plan that the kernel refused, and the outcome of the rollback.
 *
 * @example
 * const isUnchanged = ({ unrestored }: FailedPlan) => unrestored.length === 0;
 */
export interface FailedPlan extends RefusedStep {
  /** Steps of the rollback that the kernel refused, too. Empty if everything that the plan had changed has been restored. */
  readonly unrestored: readonly RefusedStep[];
}

/**
 * Options of {@link apply}.
 *
 * @example
 * // Skips all removals, to leave them for later.
 * const options: ApplyOptions = { beforeRemovals: async () => [] };
 * await apply(ipvs, current, plan(current, desired), options);
 */
export interface ApplyOptions {
  /** Called between additions and removals; resolves to the removals to carry out. */
  readonly beforeRemovals?: (removals: readonly Step[]) => Promise<readonly Step[]>;
}

/**
 * Applies a plan, made for the kernel state `original`, completely or not at all: when the kernel refuses a step, rolls
 * back what has been done and returns the step. Removals come last; counters and connections of a removed service or
 * server are lost even if it is restored. A rollback restores only what the plan has changed, as other programs may have
 * changed the rest while servers drained; for a plan that keeps weights, it leaves current weights alone.
 *
 * Rejects with {@link NetlinkError} when the connection to the kernel fails. Takes no lock: the caller prevents concurrent
 * rollouts with {@link whileLocked}.
 *
 * @example
 * const original = await readState(ipvs);
 * const failed = await apply(ipvs, original, plan(original, desiredState(rules)));
 * if (failed) console.error(formatRules([failed.step.command]), failed.error.message);
 */
export async function apply(
  ipvs: Ipvs,
  original: DirectorState,
  planned: Plan,
  { beforeRemovals }: ApplyOptions = {},
): Promise<FailedPlan | undefined> {
  const done: Step[] = [];
  let drained: readonly Step[] = [];
  const removals = async (): Promise<readonly Step[]> => {
    if (!beforeRemovals) return planned.removals;
    drained = planned.removals;
    return beforeRemovals(planned.removals);
  };
  const rollBack = () => undo(ipvs, original, planned.scope, { done, drained });
  let refused: RefusedStep | undefined;
  try {
    [refused] = await tryRestarts(ipvs, original, planned);
    if (!refused) [refused] = await run(ipvs, await withPresentWeights(ipvs, planned), isRemoved, done);
    if (!refused) [refused] = await run(ipvs, await removals(), isRemovedMeanwhile, done);
  } catch (error) {
    // With the connection to the kernel lost, the rollback fails too; the first error is the one to report.
    await rollBack().catch(() => {});
    throw error;
  }
  return refused && { ...refused, unrestored: await rollBack() };
}

/** Rolls back what has been done, and returns the steps of the rollback that the kernel refuses. */
async function undo(
  ipvs: Ipvs,
  original: DirectorState,
  { owns, keepWeights = false }: PlanScope,
  progress: Progress,
): Promise<RefusedStep[]> {
  const now = presentState(await readState(ipvs));
  const former = formerState(now, presentState(original), progress, keepWeights);
  const { additions, removals } = planFrom(now, former, { owns });
  return run(ipvs, [...additions, ...removals], isRemoved);
}

/**
 * Returns the additions of a plan. If the plan keeps weights, edits of servers get the kernel's current weights: these may
 * have changed since planning, and the kernel sets all settings of a server together.
 */
async function withPresentWeights(ipvs: Ipvs, { additions, scope }: Plan): Promise<readonly Step[]> {
  const edits = additions.flatMap(({ command }) => (command.name === 'edit-server' ? [command] : []));
  if (!scope.keepWeights || edits.length === 0) return additions;
  const services = [...new Map(edits.map(({ service }) => [serviceKey(service), service])).values()];
  const found = await ipvs.destinationsOf(services);
  const weights = weightsOf(services.map((id, index) => [id, found[index] ?? []]));
  return additions.map((step) => {
    const { command } = step;
    if (command.name !== 'edit-server') return step;
    const { service, server, settings } = command;
    const weight = weights.get(destinationKey(service, server)) ?? settings.weight;
    return { ...step, command: { ...command, settings: { ...settings, weight } } };
  });
}

/** Returns the weights of servers by {@link destinationKey}. */
function weightsOf(
  services: readonly (readonly [ServiceId, ServiceEntry['destinations']])[],
): Map<string, number> {
  return new Map(
    services.flatMap(([service, servers]) =>
      servers.map(({ id, weight }) => [destinationKey(service, id), weight] as const),
    ),
  );
}

/** Returns whether a removal failed because somebody else has removed its object already: the goal is reached. */
function isRemoved({ command }: Step, error: NetlinkError): boolean {
  const isRemoval =
    command.name === 'delete-service' || command.name === 'delete-server' || command.name === 'stop-daemon';
  return isRemoval && isGone(error);
}

/** As {@link isRemoved}; a service that was removed while its servers drained does not need its own settings back either. */
function isRemovedMeanwhile(step: Step, error: NetlinkError): boolean {
  return isRemoved(step, error) || (step.command.name === 'edit-service' && error.errno === ESRCH);
}

/**
 * Tries to start the daemons that the plan restarts while they are still running. This changes nothing: the kernel answers
 * `EEXIST`, but looks up the interface first (`start_sync_thread`, net/netfilter/ipvs/ip_vs_sync.c). So no daemon is
 * stopped for a start that the kernel would refuse.
 */
async function tryRestarts(
  ipvs: Ipvs,
  { daemons }: DirectorState,
  { additions, removals }: Plan,
): Promise<RefusedStep[]> {
  const restarts = [...additions, ...removals].filter(
    ({ command }) =>
      command.name === 'start-daemon' && daemons.some(({ role }) => role === command.daemon.role),
  );
  return run(ipvs, restarts, (_, { errno }) => errno === EEXIST);
}

/**
 * Carries out steps, adds those that the kernel has accepted to `done`, and returns the refused ones, except those whose
 * goal `isReached` anyway.
 */
async function run(
  ipvs: Ipvs,
  steps: readonly Step[],
  isReached: (step: Step, error: NetlinkError) => boolean,
  done: Step[] = [],
): Promise<RefusedStep[]> {
  if (steps.length === 0) return [];
  const outcomes = await ipvs
    .batch(steps.flatMap(({ command }) => requestOf(command) ?? []))
    .catch((error: unknown) => {
      // Any of the steps may have been carried out.
      done.push(...steps);
      throw error;
    });
  const refused: RefusedStep[] = [];
  for (const [index, step] of steps.entries()) {
    const error = outcomes[index];
    if (!error) done.push(step);
    else if (!isReached(step, error)) refused.push({ step, error });
  }
  return refused;
}
