import type { DirectorState } from '../../ipvs/state.ts';
import type { DesiredState } from '../../rules/desired.ts';
import { formatCommand } from '../../rules/format.ts';
import { GuardError, refusalOf } from '../../rules/guards.ts';
import { type PlanOptions, plan } from '../../rules/plan.ts';
import { commandsOfPlan, type Plan } from '../../rules/step.ts';
import { planSummary } from '../../rules/summary.ts';
import { excerptLength, type PlanReport, type Refusal, type Report } from '../documents/report.ts';
import type { OverrideOptions } from '../overrides/apply.ts';
import { sha256Of } from '../revisions/contents.ts';
import { StoreError } from '../store/error.ts';
import type { Agent } from './agent.ts';

/** Describes the plan that would bring a director to the state of a revision. */
export function planReport(
  revision: number,
  state: DirectorState,
  desired: DesiredState,
  { drain, ...options }: PlanOptions & { readonly drain?: number | undefined },
): PlanReport {
  try {
    return describe(revision, plan(state, desired, options), state, drain);
  } catch (error) {
    if (!(error instanceof GuardError)) throw error;
    const refusal: Refusal = { code: 'guard', reason: refusalOf(error), revision };
    return { ...describe(revision, error.plan, state, drain), refusal };
  }
}

function describe(
  revision: number,
  planned: Plan,
  state: DirectorState,
  drain: number | undefined,
): PlanReport {
  const lines = linesOf(planned);
  return {
    revision,
    commands: lines.length,
    summary: planSummary(planned, state, { isDrained: drain !== undefined && drain > 0 }),
    excerpt: lines.slice(0, excerptLength),
    digest: sha256Of(lines.join('\n')),
  };
}

/** Describes the plan for a revision that was refused before it could be planned. */
export function refusedPlan(revision: number, refusal: Refusal): PlanReport {
  return {
    revision,
    commands: 0,
    summary: 'refused',
    excerpt: [],
    digest: sha256Of(refusal.reason),
    refusal,
  };
}

/** Describes the drift of a director: the commands that would bring it back to its desired state. */
export function driftOf(
  state: DirectorState,
  desired: DesiredState,
  { owns, keepWeights }: PlanOptions,
): Report['drift'] {
  const lines = linesOf(plan(state, desired, { owns, ...(keepWeights !== undefined && { keepWeights }) }));
  return { commands: lines.length, excerpt: lines.slice(0, excerptLength) };
}

function linesOf(planned: Plan): string[] {
  return commandsOfPlan(planned).map((command) => formatCommand(command).join(' '));
}

/** Returns an agent's options for taking servers out of service. */
export function overrideOptions({ options: { owns, guards } }: Pick<Agent, 'options'>): OverrideOptions {
  return { owns, minServers: guards?.minServers };
}

/** Sends a report. Resolves to whether it was delivered; logs a refusal by the store. */
export async function tryToReport({ orders, log }: Agent, report: Report): Promise<boolean> {
  try {
    await orders.report(report);
    return true;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.code !== 'unreachable') log(`cannot report: ${error.message}`);
    return false;
  }
}

/** Returns which sync daemons run. */
export function syncOf({ daemons }: DirectorState): Report['sync'] {
  const roles = new Set(daemons.map(({ role }) => role));
  if (roles.size === 2) return 'both';
  return [...roles][0] ?? 'none';
}
