import { serverKey, serviceKey } from '../ipvs/model.ts';
import { initialState, readState } from '../ipvs/state.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import { apply } from '../rollout/apply.ts';
import type { Drained } from '../rollout/drain.ts';
import type { RestoreOptions } from '../rules/command.ts';
import { type Desired, desiredState } from '../rules/desired.ts';
import { formatCommand, formatRules } from '../rules/format.ts';
import { badRuleSentence, placeName } from '../rules/messages.ts';
import { ownership } from '../rules/ownership.ts';
import { commandsOfPlan, type Step } from '../rules/step.ts';
import { planSummary } from '../rules/summary.ts';
import { drainServers } from './drain.ts';
import { planGuarded } from './guard.ts';
import type { Kernel } from './kernel.ts';
import { withLock } from './lock.ts';
import { kernelErrorSentence } from './messages.ts';
import { readRules } from './read-rules.ts';
import { Script } from './script.ts';
import { status } from './status.ts';
import type { Streams } from './streams.ts';
import { errorTerminal } from './terminal.ts';

/**
 * Makes table, timeouts and daemons what the rules on standard input ask for, and gives the exit status. Rules that print or
 * set counters to zero are run after that.
 */
export async function converge(kernel: Kernel, streams: Streams, options: RestoreOptions): Promise<number> {
  const desired = await readDesired(options, streams);
  if (!desired) return status.illegal;
  return withLock(streams, options.wait ?? 0, async () => {
    const outcome = await rollOut(desired, kernel, streams, options);
    return outcome === status.done ? Script.of(desired.others, kernel).run(streams) : outcome;
  });
}

/** What the rules on standard input ask for; tells what in them is wrong or contradicts itself, and gives `undefined` then. */
export async function readDesired(options: RestoreOptions, streams: Streams): Promise<Desired | undefined> {
  const rules = await readRules(options, streams);
  if (!rules) return undefined;
  const desired = desiredState(rules, ownership(options));
  for (const contradiction of desired.contradictions) {
    streams.err.write(`${badRuleSentence(contradiction)}\n`);
  }
  return desired.contradictions.length > 0 ? undefined : desired;
}

/**
 * Prints what {@link converge} would do, and gives the exit status. Without `kernel` there is no IPVS, which a restore would
 * load.
 */
export async function printPlan(
  kernel: Kernel | undefined,
  streams: Streams,
  options: RestoreOptions,
): Promise<number> {
  const { out, err } = streams;
  const desired = await readDesired(options, streams);
  if (!desired) return status.illegal;
  const state = kernel ? await readState(kernel.ipvs) : initialState;
  const todo = planGuarded(state, desired, options, streams);
  if (!todo) return status.guarded;
  const commands = commandsOfPlan(todo);
  out.write(formatRules(commands));
  if (errorTerminal()) {
    out.flush();
    err.write(`${planSummary(todo, state, { isDrained: options.drain !== undefined })}\n`);
  }
  return options.exitCode && commands.length > 0 ? status.wouldChange : status.done;
}

async function rollOut(
  desired: Desired,
  { ipvs }: Kernel,
  streams: Streams,
  options: RestoreOptions,
): Promise<number> {
  const { err } = streams;
  const { drain } = options;
  const original = await readState(ipvs);
  const todo = planGuarded(original, desired, options, streams);
  if (!todo) return status.guarded;
  let interrupted = false;
  const beforeRemovals = async (removals: readonly Step[]) => {
    if (!drain) return removals;
    const servers = removals.flatMap((step) => serversOf(step, original.table));
    const drained = await drainServers(ipvs, servers, drain, err);
    interrupted = drained.interrupted;
    return removable(removals, original.table, drained.removable);
  };
  const refused = await apply(ipvs, original, todo, { beforeRemovals });
  if (interrupted) return status.interrupted;
  if (!refused) return status.done;
  const { place, command } = refused.step;
  const where = place === undefined ? formatCommand(command).join(' ') : placeName(place);
  err.write(`${where}: ${kernelErrorSentence(refused.error, command.name)}\nThe table is what it was.\n`);
  return status.refused;
}

/** The servers that a removal takes away: one, or all of a service. */
function serversOf({ command }: Step, original: readonly ServiceEntry[]): Drained[] {
  if (command.name === 'delete-server') return [{ service: command.service, server: command.server }];
  if (command.name !== 'delete-service') return [];
  const { service } = command;
  const entry = original.find(({ service: { id } }) => serviceKey(id) === serviceKey(service));
  return entry?.destinations.map(({ id }) => ({ service, server: id })) ?? [];
}

/** Those removals of which every server may go. */
function removable(
  removals: readonly Step[],
  original: readonly ServiceEntry[],
  servers: readonly Drained[],
): readonly Step[] {
  const key = ({ service, server }: Drained) => `${serviceKey(service)} ${serverKey(server)}`;
  const free = new Set(servers.map(key));
  return removals.filter((step) => serversOf(step, original).every((server) => free.has(key(server))));
}
