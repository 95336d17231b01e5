import type { Ipvs } from '../ipvs/client.ts';
import { type DestinationId, type ServiceId, type SyncRole, serverKey, serviceKey } from '../ipvs/model.ts';
import { type DirectorState, readState } from '../ipvs/state.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import type { NetlinkError } from '../netlink/errors.ts';
import type { Command } from '../rules/command.ts';
import { type DesiredState, desiredState } from '../rules/desired.ts';
import { plan } from '../rules/plan.ts';
import { requestOf } from '../rules/request.ts';
import { commandsOfPlan, type Plan, type Step } from '../rules/step.ts';
import { commandsOf } from '../rules/table.ts';

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
 * Carries out a plan that was made for `original`, the state that the kernel has, all of it or nothing: when the kernel
 * refuses a step, everything is made what it was, and the step is given. Counters and connections of what had been
 * removed by then are lost; removals come last. Services that are not ours, and weights where they are kept, are left alone
 * by that, too.
 *
 * Rejects with {@link NetlinkError} when the conversation with the kernel breaks off. Takes no lock: that somebody else
 * changes the table meanwhile is for the caller to prevent.
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
    // Where the conversation has broken off for good, the undoing does too, and the first error is the one to tell.
    await undo(ipvs, original, planned).catch(() => {});
    throw error;
  }
  if (refused) await undo(ipvs, original, planned);
  return refused;
}

/**
 * Returns the additions of a plan; where weights are kept, with those that the kernel has now: somebody may have changed them
 * since the plan was made, and the kernel takes the settings of a server all together only.
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
    const weight = weights.get(keyOf(service, server)) ?? settings.weight;
    return { ...step, command: { ...command, settings: { ...settings, weight } } };
  });
}

function keyOf(service: ServiceId, server: DestinationId): string {
  return `${serviceKey(service)} ${serverKey(server)}`;
}

/** Weights of servers by {@link keyOf}. */
function weightsOf(
  services: readonly (readonly [ServiceId, ServiceEntry['destinations']])[],
): Map<string, number> {
  return new Map(
    services.flatMap(([service, servers]) =>
      servers.map(({ id, weight }) => [keyOf(service, id), weight] as const),
    ),
  );
}

const ENOENT = 2;
const ESRCH = 3;
const EEXIST = 17;

/** Whether what a step takes away is not there any more: somebody else was faster, and all is as it shall be. */
function isGone({ command }: Step, { errno }: NetlinkError): boolean {
  const isRemoval =
    command.name === 'delete-service' || command.name === 'delete-server' || command.name === 'stop-daemon';
  return isRemoval && (errno === ENOENT || errno === ESRCH);
}

/**
 * Asks for the daemons that are to be started anew while they still run. That changes nothing, and the kernel answers
 * `EEXIST`, but before that it looks for the interface (`start_sync_thread`, net/netfilter/ipvs/ip_vs_sync.c): so the director
 * is not without its daemon for a request that is refused anyway.
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

/** Carries out steps; returns the first that was refused and is not done all the same. */
async function run(ipvs: Ipvs, steps: readonly Step[], isDone = isGone): Promise<RefusedStep | undefined> {
  if (steps.length === 0) return undefined;
  const outcomes = await ipvs.batch(steps.flatMap(({ command }) => requestOf(command) ?? []));
  for (const [index, step] of steps.entries()) {
    const error = outcomes[index];
    if (error && !isDone(step, error)) return { step, error };
  }
  return undefined;
}

/** Makes everything what it was. Throws the {@link NetlinkError} with which the kernel refuses that. */
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
 * Returns the original table with the weights that the kernel has now, which somebody else may have set; but with the former
 * ones of servers that the plan removes, as these may have been drained.
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
        ? keyOf(command.service, command.server)
        : command.name === 'delete-service' && serviceKey(command.service),
    ),
  );
  return original.map(({ service, destinations }) => ({
    service,
    destinations: destinations.map((server) => {
      const key = keyOf(service.id, server.id);
      const isRemoved = removed.has(key) || removed.has(serviceKey(service.id));
      return { ...server, weight: isRemoved ? server.weight : (weights.get(key) ?? server.weight) };
    }),
  }));
}

/** Returns what a director was like in all that `commands` change: its table, and the timeouts and daemons that they name. */
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

/** The role of the daemon that a command starts or stops. */
function rolesOf(command: Command): SyncRole[] {
  if (command.name === 'start-daemon') return [command.daemon.role];
  return command.name === 'stop-daemon' ? [command.role] : [];
}
