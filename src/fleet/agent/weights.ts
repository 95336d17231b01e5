import { serverKey, serviceKey } from '../../ipvs/model.ts';
import type { DirectorState } from '../../ipvs/state.ts';
import type { DesiredState } from '../../rules/desired.ts';
import type { OverrideReport, Refusal } from '../documents/report.ts';
import { countCovered, overrideSteps, withOverrides } from '../overrides/apply.ts';
import { matchesServer, parseServer } from '../overrides/server.ts';
import type { Agent } from './agent.ts';
import { wantedOverrides } from './held-servers.ts';
import type { Memory } from './memory.ts';
import type { Orders } from './orders.ts';
import { overrideOptions } from './report.ts';
import { loadSavedRules } from './restore-rules.ts';

/** Result of {@link adjustWeights}. */
export interface Adjusted {
  readonly memory: Memory;
  readonly refusal?: Refusal;
}

/** Takes servers out of service, or puts them back, as the overrides say. */
export async function adjustWeights(
  agent: Agent,
  memory: Memory,
  orders: Orders,
  keep: (memory: Memory) => Memory,
): Promise<Adjusted> {
  const rules = rulesInForce(agent, memory);
  const overrides = wantedOverrides(memory, orders);
  if (!rules || overrides.length + memory.overridden.length === 0) return { memory };
  const isChanging = memory.unfinished !== undefined;
  const state = await agent.director.state();
  const options = { ...overrideOptions(agent), isChanging };
  const steps = overrideSteps(state, rules, overrides, memory.overridden, options);
  if (steps.length > 0) {
    // Saved first, so that changed weights are known as such whatever interrupts the agent.
    keep({ ...memory, overridden: union(memory.overridden, overrides) });
    const outcome = await agent.director.carryOut(state, steps, { owns: agent.options.owns });
    if (outcome.kind !== 'done') return { memory, refusal: { code: outcome.kind, reason: outcome.reason } };
    agent.log(`weights changed for drained servers: ${overrides.join(', ') || 'none'}`);
  }
  // A server that an unfinished change removes gets its weight back only if the change is undone.
  const removed = isChanging ? memory.overridden.filter((server) => isRemoved(state, rules, server)) : [];
  return { memory: { ...memory, overridden: union(overrides, removed) } };
}

/** Returns whether rules lack a server of the table that an override covers. */
function isRemoved({ table }: DirectorState, rules: DesiredState, override: string): boolean {
  const pattern = parseServer(override);
  return table.some(({ service, destinations }) => {
    const servers = rules.table.get(serviceKey(service.id))?.servers;
    return destinations.some(({ id }) => matchesServer(pattern, id) && !servers?.has(serverKey(id)));
  });
}

function union(one: readonly string[], other: readonly string[]): string[] {
  return [...new Set([...one, ...other])];
}

/**
 * Returns the rules by which servers get their weights: those of the applied revision or, where a change to other ones was broken
 * off, of that change. The servers that it removes drain, and must not get their weights back meanwhile.
 */
function rulesInForce(agent: Agent, { applied, unfinished }: Memory): DesiredState | undefined {
  const changing = applied && unfinished && loadSavedRules(agent, unfinished);
  return changing ?? (applied && loadSavedRules(agent, applied));
}

/** Answers the overrides. */
export function answerOverrides(
  agent: Agent,
  { memory, refusal }: Adjusted,
  orders: Orders,
  state: DirectorState,
): OverrideReport[] {
  const rules = rulesInForce(agent, memory);
  const wanted = wantedOverrides(memory, orders);
  const refusals = rules && withOverrides(rules, wanted, overrideOptions(agent)).refused;
  const ordered = memory.distrust ? [] : (orders.overrides ?? []).filter(({ isEnded }) => !isEnded);
  const places = new Map(ordered.map(({ server, modRevision }) => [server, Number(modRevision)]));
  // Where weights could not be changed, those that are to be given back are still missing.
  const listed = rules && !refusal ? wanted : union(wanted, memory.overridden);
  return listed.flatMap((server): OverrideReport[] => {
    const isDone = memory.overridden.includes(server);
    if (!isDone && (!memory.applied || refusal?.code === 'locked')) return [];
    const lost = refusals ? undefined : 'the rules of the applied revision, which name its weight, are lost';
    const refused = refusals?.get(server) ?? (isDone ? undefined : (lost ?? refusal?.reason));
    const observed = places.get(server);
    return [
      {
        server,
        ...(observed !== undefined && { observed }),
        ...countCovered(state, server),
        ...(refused !== undefined && { refused }),
      },
    ];
  });
}
