import type { DirectorState } from '../../ipvs/state.ts';
import type { PlanReport, Refusal, Report } from '../documents/report.ts';
import { connectionsLeft, overrideSteps, withOverrides } from '../overrides/apply.ts';
import type { Agent } from './agent.ts';
import { type Changed, carryOutOrder } from './change.ts';
import {
  type Decision,
  decide,
  isConfirmed,
  isOverdue,
  type Order,
  refusedAsOlder,
  rememberStore,
} from './decide.ts';
import type { Memory } from './memory.ts';
import type { Orders } from './orders.ts';
import { driftOf, overrideOptions, planReport, refusedPlan, syncOf, tryToReport } from './report.ts';
import { goBack, keptRules, restoreLastGood, undoUnfinished } from './returning.ts';
import { whileWanted } from './while-wanted.ts';

/** Outcome of an agent's turn. */
export interface Turn {
  readonly memory: Memory;
  readonly report: Report;
  /** The reason why the table is not as the store wanted it when it was read last. */
  readonly refusal: Refusal | undefined;
  /** A change has ended early, as something else is wanted, or the agent was told to end. */
  readonly isInterrupted: boolean;
  /** Reports were sent in the midst of a change. */
  readonly wasReported: boolean;
}

/** Facts of the turn before; the first one has only the memory. */
export type Before = Pick<Turn, 'memory'> & Partial<Turn>;

/** Carries out what the store wants, as far as it is to be obeyed, and says how things stand. The memory is kept at each change. */
export async function turn(agent: Agent, before: Before, orders: Orders, boot: string): Promise<Turn> {
  const { view } = orders;
  const keep = (memory: Memory): Memory => {
    agent.keeper.save(memory);
    return memory;
  };
  const restored = await restoreLastGood(agent, rememberStore(before.memory, view), boot);
  let memory = keep(restored.memory);
  let refusal: Refusal | undefined;
  let isInterrupted = false;
  let isDone = false;
  let wasReported = false;
  const decision = decide(memory, view, agent.now());
  if (decision.act === 'apply') {
    // A change may take long, and leave weights alone.
    memory = keep((await adjustWeights(agent, memory, orders, keep)).memory);
  }
  if (decision.act === 'keep') {
    refusal = view.kind === 'unreachable' ? before.refusal : decision.refusal;
    if (memory.confirm && isConfirmed(memory, view)) {
      const { confirm: _, ...rest } = memory;
      memory = keep(rest);
    }
  } else {
    const changed = await change(agent, memory, decision, orders, async (from, now) => {
      wasReported = true;
      await tryToReport(agent, inTheMidst(await reportOf(agent, before, now, from, undefined), decision));
    });
    isInterrupted = changed.isInterrupted ?? false;
    isDone = changed.isDone ?? false;
    // What could not be restored after the start of the machine is not wanted any more.
    memory = keep(isDone ? { ...changed.memory, boot } : changed.memory);
    refusal = changed.refusal;
  }
  const adjusted = await adjustWeights(agent, memory, orders, keep);
  memory = keep(adjusted.memory);
  const reported =
    adjusted.refusal ?? refusal ?? (isDone ? undefined : restored.refusal) ?? lostRules(agent, memory);
  const report = await reportOf(agent, before, orders, memory, reported);
  return {
    memory,
    report: isInterrupted ? inTheMidst(report, decision) : report,
    refusal,
    isInterrupted,
    wasReported,
  };
}

/** Refuses to call a table right that cannot be compared with its revision, or be restored. */
function lostRules(agent: Agent, { applied }: Memory): Refusal | undefined {
  if (!applied || keptRules(agent, applied)) return undefined;
  const { revision } = applied;
  const reason = `the rules of revision ${revision}, kept for a start of this machine, are lost until it is rolled out again`;
  return { code: 'missing', reason, revision };
}

/** Reports how things stand in the midst of a change that began with a memory. */
type MidstReport = (from: Memory, now: Orders) => Promise<void>;

/** Carries out a decision that changes the table. */
async function change(
  agent: Agent,
  memory: Memory,
  decision: Exclude<Decision, { act: 'keep' }>,
  orders: Orders,
  report: MidstReport,
): Promise<Changed> {
  switch (decision.act) {
    case 'apply':
      return applyOr(agent, memory, decision.order, orders, report);
    case 'go-back':
      return goBack(agent, memory);
    case 'restore':
      return undoUnfinished(agent, memory, decision.refusal);
  }
}

/** Carries out an order. Where it is refused, a table that may not stay goes back to what it was before. */
async function applyOr(
  agent: Agent,
  memory: Memory,
  order: Order,
  orders: Orders,
  report: MidstReport,
): Promise<Changed> {
  const overrides = wantedOverrides(memory, orders);
  const isGradual = order.drain !== undefined && order.drain > 0;
  const apply = (from: Memory) => {
    const task = (stop: AbortSignal) => carryOutOrder(agent, from, order, overrides, stop);
    return isGradual ? whileWanted(agent, from, orders, task, (now) => report(from, now)) : task(agent.stop);
  };
  const changed = await apply(memory);
  if (changed.isDone || changed.isInterrupted) return changed;
  if (isOverdue(changed.memory, orders.view, agent.now())) return goBack(agent, changed.memory);
  // One that is refused for the moment only is still wanted.
  if (!changed.refusal || !changed.memory.unfinished || changed.refusal.code === 'locked') return changed;
  const undone = await undoUnfinished(agent, changed.memory, changed.refusal);
  // Guards have judged the change by a table in between.
  return changed.refusal.code === 'guard' && !undone.memory.unfinished ? apply(undone.memory) : undone;
}

/** Adds to a report that a change is under way. What differs from another revision meanwhile is the agent's own doing. */
function inTheMidst(report: Report, decision: Decision): Report {
  const changing = decision.act === 'apply' ? { changing: decision.order.revision } : {};
  const isSame = report.applied?.revision === changing.changing;
  return { ...report, ...changing, ...(!isSame && { drift: { commands: 0, excerpt: [] } }) };
}

/** The overrides that count: those of the store, or the last ones where it does not tell, or is not obeyed. */
function wantedOverrides({ overridden, distrust }: Memory, { overrides }: Orders): readonly string[] {
  return distrust ? overridden : (overrides ?? overridden);
}

/** Takes servers out of service, and back, as overrides say. */
async function adjustWeights(
  agent: Agent,
  memory: Memory,
  orders: Orders,
  keep: (memory: Memory) => Memory,
): Promise<{ readonly memory: Memory; readonly refusal?: Refusal }> {
  const plain = memory.applied && keptRules(agent, memory.applied);
  const overrides = wantedOverrides(memory, orders);
  if (!plain || overrides.length + memory.overridden.length === 0) return { memory };
  const state = await agent.director.state();
  const steps = overrideSteps(state, plain, overrides, memory.overridden, overrideOptions(agent));
  if (steps.length > 0) {
    // Whatever comes between, weights that were changed are known as that.
    keep({ ...memory, overridden: [...new Set([...memory.overridden, ...overrides])] });
    const outcome = await agent.director.carryOut(state, steps, { owns: agent.options.owns });
    if (outcome.kind !== 'done') return { memory, refusal: { code: outcome.kind, reason: outcome.reason } };
    agent.log(`weights changed as overrides say: ${overrides.join(', ') || 'none'}`);
  }
  return { memory: { ...memory, overridden: [...overrides] } };
}

async function reportOf(
  agent: Agent,
  { report: last }: Before,
  orders: Orders,
  memory: Memory,
  refusal: Refusal | undefined,
): Promise<Report> {
  const { view } = orders;
  const state = await agent.director.state();
  const overrides = wantedOverrides(memory, orders);
  const plain = memory.applied && keptRules(agent, memory.applied);
  const wanted = plain && withOverrides(plain, overrides, overrideOptions(agent));
  const target = view.kind === 'read' ? view.target : undefined;
  const observed = view.kind === 'read' ? Number(target?.modRevision ?? 0n) : (last?.observed ?? 0);
  const plan = await planFor(agent, memory, last, orders, state, overrides, observed);
  return {
    observed,
    ...(memory.applied && { applied: memory.applied }),
    drift: wanted ? driftOf(state, wanted.desired, agent.options) : { commands: 0, excerpt: [] },
    ...(refusal && { refusal }),
    ...(plan && { plan }),
    overrides: overrides.map((server) => {
      const refused = plain
        ? wanted?.refused.get(server)
        : 'no revision is applied here, which names its weight';
      return {
        server,
        connections: connectionsLeft(state, server),
        ...(refused !== undefined && { refused }),
      };
    }),
    findings: await agent.director.findings(),
    sync: syncOf(state),
    version: agent.version,
    time: new Date(agent.now()).toISOString(),
  };
}

/** The plan that the store asks for: made once for each request where nothing changes the table meanwhile. */
async function planFor(
  agent: Agent,
  memory: Memory,
  last: Report | undefined,
  { view }: Orders,
  state: DirectorState,
  overrides: readonly string[],
  observed: number,
): Promise<PlanReport | undefined> {
  const target = view.kind === 'read' ? view.target?.content : undefined;
  const revision = target?.preview;
  if (revision === undefined) return undefined;
  if (last?.plan?.revision === revision && last.observed === observed) return last.plan;
  if (memory.distrust) return refusedPlan(revision, memory.distrust);
  const older = memory.accepted ? undefined : refusedAsOlder(memory, revision);
  if (older) return refusedPlan(revision, older);
  const fetched = await agent.orders.fetch(revision);
  if (fetched.kind === 'unreachable') return undefined;
  if (fetched.kind === 'refused') return refusedPlan(revision, fetched.refusal);
  const { desired } = withOverrides(fetched.desired, overrides, overrideOptions(agent));
  return planReport(revision, state, desired, { ...agent.options, drain: target?.previewDrain });
}
