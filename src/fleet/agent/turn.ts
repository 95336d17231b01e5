import type { DirectorState } from '../../ipvs/state.ts';
import type { PlanReport, Refusal, Report } from '../documents/report.ts';
import { withOverrides } from '../overrides/apply.ts';
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
  withRenewal,
} from './decide.ts';
import { wantedOverrides, withoutHeld, withoutOrdered } from './held-servers.ts';
import type { Memory } from './memory.ts';
import type { Orders } from './orders.ts';
import { driftOf, overrideOptions, planReport, refusedPlan, syncOf, tryToReport } from './report.ts';
import { loadSavedRules, restoreLastGood, rollBack, undoUnfinished } from './restore-rules.ts';
import { type Adjusted, adjustWeights, answerOverrides } from './weights.ts';
import { whileWanted } from './while-wanted.ts';

/** Result of one turn of an agent. */
export interface Turn {
  readonly memory: Memory;
  readonly report: Report;
  /** Reason why the table is not what the store wanted at the last read. */
  readonly refusal: Refusal | undefined;
  /** Reason why a part of the turn is still to be done: the source of the orders could not be reached any more. */
  readonly trouble: string | undefined;
  /** Whether a change was stopped early, as something else is wanted or the agent was told to end. */
  readonly isInterrupted: boolean;
  /** Whether reports were sent during a change. */
  readonly wasReported: boolean;
}

/** Result of the previous turn; before the first one, only the memory is known. */
export type Before = Pick<Turn, 'memory'> & Partial<Turn>;

/** Runs one turn: carries out what the store wants, as far as it is obeyed, and reports. The memory is saved at each change. */
export async function turn(agent: Agent, before: Before, orders: Orders, boot: string): Promise<Turn> {
  const { view } = orders;
  const keep = (memory: Memory): Memory => {
    agent.keeper.save(memory);
    return memory;
  };
  const known = withoutOrdered(rememberStore(before.memory, view), orders.overrides);
  const restored = await restoreLastGood(agent, withRenewal(known, view, agent.now()), boot);
  let memory = keep(restored.memory);
  let refusal: Refusal | undefined;
  let trouble: string | undefined;
  let isInterrupted = false;
  let isDone = false;
  let wasReported = false;
  const decision = decide(memory, view, agent.now());
  if (decision.act === 'apply') {
    // Overrides cannot wait for the change, which may take long, and may leave weights alone.
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
      const { report } = await reportOf(agent, before, now, { memory: from }, undefined);
      await tryToReport(agent, asInProgress(report, decision));
    });
    trouble = changed.trouble;
    isInterrupted = changed.isInterrupted ?? false;
    isDone = changed.isDone ?? false;
    // A revision that could not be restored after the boot is no longer wanted.
    memory = keep(isDone ? { ...changed.memory, boot } : changed.memory);
    refusal = changed.refusal;
  }
  const adjusted = await adjustWeights(agent, memory, orders, keep);
  memory = keep(adjusted.memory);
  const reported =
    adjusted.refusal ?? refusal ?? (isDone ? undefined : restored.refusal) ?? lostRules(agent, memory);
  const { report, trouble: planTrouble } = await reportOf(agent, before, orders, adjusted, reported);
  return {
    memory,
    report: isInterrupted ? asInProgress(report, decision) : report,
    refusal,
    trouble: trouble ?? planTrouble,
    isInterrupted,
    wasReported,
  };
}

/** Returns a refusal if the saved rules are lost, so that the table can neither be compared with its revision nor restored. */
function lostRules(agent: Agent, { applied }: Memory): Refusal | undefined {
  if (!applied || loadSavedRules(agent, applied)) return undefined;
  const { revision } = applied;
  const reason = `the rules of revision ${revision}, kept for a reboot, are lost; roll it out again`;
  return { code: 'missing', reason, revision };
}

/** Reports the progress of a change that began with the memory `from`. */
type ProgressReport = (from: Memory, now: Orders) => Promise<void>;

/** Carries out a decision that changes the table. */
async function change(
  agent: Agent,
  memory: Memory,
  decision: Exclude<Decision, { act: 'keep' }>,
  orders: Orders,
  report: ProgressReport,
): Promise<Changed> {
  switch (decision.act) {
    case 'apply':
      return applyOr(agent, memory, decision.order, orders, report);
    case 'roll-back':
      return rollBack(agent, memory);
    case 'restore':
      return undoUnfinished(agent, memory, decision.refusal);
  }
}

/** Carries out an order. If that is refused, undoes an unfinished change, or rolls back an overdue revision. */
async function applyOr(
  agent: Agent,
  memory: Memory,
  order: Order,
  orders: Orders,
  report: ProgressReport,
): Promise<Changed> {
  const isGradual = order.drain !== undefined && order.drain > 0;
  const apply = (from: Memory) => {
    const task = (stop: AbortSignal) => carryOutOrder(agent, from, order, orders, stop);
    return isGradual ? whileWanted(agent, from, orders, task, (now) => report(from, now)) : task(agent.stop);
  };
  const changed = await apply(memory);
  if (changed.isDone || changed.isInterrupted) return changed;
  if (isOverdue(changed.memory, orders.view, agent.now())) return rollBack(agent, changed.memory);
  // The order is still wanted if it is refused only because the table is locked.
  if (!changed.refusal || !changed.memory.unfinished || changed.refusal.code === 'locked') return changed;
  const undone = await undoUnfinished(agent, changed.memory, changed.refusal);
  // The guards have judged a half-changed table: try again with the restored one.
  return changed.refusal.code === 'guard' && !undone.memory.unfinished ? apply(undone.memory) : undone;
}

/** Marks a report as one during a change. A difference from another revision is then the agent's own doing, not drift. */
function asInProgress(report: Report, decision: Decision): Report {
  const changing = decision.act === 'apply' ? { changing: decision.order.revision } : {};
  const isSame = report.applied?.revision === changing.changing;
  return { ...report, ...changing, ...(!isSame && { drift: { commands: 0, excerpt: [] } }) };
}

async function reportOf(
  agent: Agent,
  { report: last }: Before,
  orders: Orders,
  adjusted: Adjusted,
  refusal: Refusal | undefined,
): Promise<{ readonly report: Report; readonly trouble?: string | undefined }> {
  const { view } = orders;
  const { memory } = adjusted;
  const state = await agent.director.state();
  const overrides = wantedOverrides(memory, orders);
  const plain = memory.applied && loadSavedRules(agent, memory.applied);
  const wanted = plain && withOverrides(plain, overrides, overrideOptions(agent));
  const target = view.kind === 'read' ? view.target : undefined;
  const observed = view.kind === 'read' ? Number(target?.modRevision ?? 0n) : (last?.observed ?? 0);
  const { plan, trouble } = await planFor(agent, memory, last, orders, state, observed);
  const report: Report = {
    observed,
    ...(memory.applied && { applied: memory.applied }),
    drift: wanted ? driftOf(state, wanted.desired, agent.options) : { commands: 0, excerpt: [] },
    ...(refusal && { refusal }),
    ...(plan && { plan }),
    overrides: answerOverrides(agent, adjusted, orders, state),
    findings: await agent.director.findings(),
    sync: syncOf(state),
    version: agent.version,
    time: new Date(agent.now()).toISOString(),
  };
  return { report, trouble };
}

/** Returns the plan that the store asks for, which is made only once for each request, or why it cannot be made now. */
async function planFor(
  agent: Agent,
  memory: Memory,
  last: Report | undefined,
  orders: Orders,
  state: DirectorState,
  observed: number,
): Promise<{ readonly plan?: PlanReport; readonly trouble?: string }> {
  const { view } = orders;
  const target = view.kind === 'read' ? view.target?.content : undefined;
  const revision = target?.preview;
  if (revision === undefined) return {};
  if (last?.plan?.revision === revision && last.observed === observed) return { plan: last.plan };
  if (memory.distrust) return { plan: refusedPlan(revision, memory.distrust) };
  const older = memory.accepted ? undefined : refusedAsOlder(memory, revision);
  if (older) return { plan: refusedPlan(revision, older) };
  const fetched = await agent.orders.fetch(revision);
  if (fetched.kind === 'unreachable') return { trouble: fetched.trouble };
  if (fetched.kind === 'refused') return { plan: refusedPlan(revision, fetched.refusal) };
  // A rollout ends the holding of servers that the store does not know of.
  const overrides = wantedOverrides(withoutHeld(memory), orders);
  const { desired } = withOverrides(fetched.desired, overrides, overrideOptions(agent));
  return { plan: planReport(revision, state, desired, { ...agent.options, drain: target?.previewDrain }) };
}
