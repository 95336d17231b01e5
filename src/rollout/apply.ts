import type { Ipvs } from '../ipvs/client.ts';
import { destinationKey, type ServiceId, type SyncRole, serviceKey } from '../ipvs/model.ts';
import { type DirectorState, readState } from '../ipvs/state.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import type { NetlinkError } from '../netlink/errors.ts';
import { EEXIST, ENOENT, ESRCH } from '../platform/errno.ts';
import type { Command } from '../rules/command.ts';
import { type DesiredState, desiredState } from '../rules/desired.ts';
import { plan } from '../rules/plan.ts';
import { requestOf } from '../rules/request.ts';
import { commandsOfPlan, type Plan, type Step } from '../rules/step.ts';
import { commandsOf } from '../rules/table.ts';

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
 * back to the original state and returns the step. Removals come last; counters and connections of a removed service or
 * server are lost even if it is restored. A rollback leaves alone services outside the plan's scope and, for a plan that
 * keeps weights, current weights.
 *
 * Rejects with {@link NetlinkError} when the connection to the kernel fails, or the kernel refuses the rollback. Takes no
 * lock: the caller must prevent concurrent changes to the table.
 *
 * @example
 * const original = await readState(ipvs);
 * const refused = await apply(ipvs, original, plan(original, desiredState(rules)));
 * if (refused) console.error(formatRules([refused.step.command]), refused.error.message);
 */
export async function apply(
  ipvs: Ipvs,
  original: DirectorState,
  planned: Plan,
  options: ApplyOptions = {},
): Promise<RefusedStep | undefined> {
  const { removals } = planned;
  let refused: RefusedStep | undefined;
  try {
    refused =
      (await tryRestarts(ipvs, original, planned)) ??
      (await run(ipvs, await withPresentWeights(ipvs, planned))) ??
      (await run(ipvs, (await options.beforeRemovals?.(removals)) ?? removals));
  } catch (error) {
    // With the connection to the kernel lost, the rollback fails too; the first error is the one to report.
    await undo(ipvs, original, planned).catch(() => {});
    throw error;
  }
  if (refused) await undo(ipvs, original, planned);
  return refused;
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

/** Returns whether a removal failed because its object no longer exists: somebody else removed it, and the goal is reached. */
function isGone({ command }: Step, { errno }: NetlinkError): boolean {
  const isRemoval =
    command.name === 'delete-service' || command.name === 'delete-server' || command.name === 'stop-daemon';
  return isRemoval && (errno === ENOENT || errno === ESRCH);
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
): Promise<RefusedStep | undefined> {
  const restarts = [...additions, ...removals].filter(
    ({ command }) =>
      command.name === 'start-daemon' && daemons.some(({ role }) => role === command.daemon.role),
  );
  return run(ipvs, restarts, (_, { errno }) => errno === EEXIST);
}

/** Carries out steps and returns the first one refused, ignoring refusals for which `isDone` finds the goal reached anyway. */
async function run(ipvs: Ipvs, steps: readonly Step[], isDone = isGone): Promise<RefusedStep | undefined> {
  if (steps.length === 0) return undefined;
  const outcomes = await ipvs.batch(steps.flatMap(({ command }) => requestOf(command) ?? []));
  for (const [index, step] of steps.entries()) {
    const error = outcomes[index];
    if (error && !isDone(step, error)) return { step, error };
  }
  return undefined;
}

/** Rolls back to the original state. Rejects with {@link NetlinkError} when the kernel refuses a step of the rollback. */
async function undo(ipvs: Ipvs, original: DirectorState, planned: Plan): Promise<void> {
  const now = await readState(ipvs);
  const table = planned.scope.keepWeights
    ? withWeightsOf(original.table, now.table, planned)
    : original.table;
  const former = formerState({ ...original, table }, commandsOfPlan(planned));
  const { additions, removals } = plan(now, former, { owns: planned.scope.owns });
  const refused = await run(ipvs, [...additions, ...removals]);
  if (refused) throw refused.error;
}

/**
 * Returns the original table with the kernel's current weights, which somebody else may have set meanwhile. Servers that
 * the plan removes keep their original weights, as draining may have set them to 0.
 */
function withWeightsOf(
  original: readonly ServiceEntry[],
  now: readonly ServiceEntry[],
  { removals }: Plan,
): ServiceEntry[] {
  const weights = weightsOf(now.map(({ service, destinations }) => [service.id, destinations]));
  const removed = new Set(
    removals.map(({ command }) =>
      command.name === 'delete-server'
        ? destinationKey(command.service, command.server)
        : command.name === 'delete-service' && serviceKey(command.service),
    ),
  );
  return original.map(({ service, destinations }) => ({
    service,
    destinations: destinations.map((server) => {
      const key = destinationKey(service.id, server.id);
      const isRemoved = removed.has(key) || removed.has(serviceKey(service.id));
      return { ...server, weight: isRemoved ? server.weight : (weights.get(key) ?? server.weight) };
    }),
  }));
}

/** Returns the original state of everything that `commands` change: the table, and the timeouts and daemons that they name. */
function formerState(
  { table, timeouts, daemons }: DirectorState,
  commands: readonly Command[],
): DesiredState {
  const setsTimeouts = commands.some(({ name }) => name === 'set');
  const roles = new Set(commands.flatMap(rolesOf));
  const former: Command[] = [
    ...table.flatMap(commandsOf),
    ...(setsTimeouts ? [{ name: 'set', timeouts } as const] : []),
    ...[...roles].map((role): Command => {
      const daemon = daemons.find((other) => other.role === role);
      return daemon ? { name: 'start-daemon', daemon } : { name: 'stop-daemon', role };
    }),
  ];
  return desiredState(former.map((command) => ({ place: 0, command })));
}

/** Returns the role of the daemon that a command starts or stops; none for other commands. */
function rolesOf(command: Command): SyncRole[] {
  if (command.name === 'start-daemon') return [command.daemon.role];
  return command.name === 'stop-daemon' ? [command.role] : [];
}
