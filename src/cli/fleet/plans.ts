import type { PlanReport } from '../../fleet/documents/report.ts';
import type { Rollout } from '../../fleet/documents/rollout.ts';
import type { FleetState } from '../../fleet/status/fleet-state.ts';
import { plainText } from './table.ts';

/** Describes how far a rollout has come. */
export function stageOf({ phase, wave, waves }: Rollout): string {
  return phase === 'preview'
    ? 'asking for plans'
    : `wave ${Math.min(wave + 1, waves.length)} of ${waves.length}`;
}

/** Describes the plans of all directors; equal plans are grouped. */
export function describePlans({ reports }: FleetState, { revision, waves, skipped }: Rollout): string {
  const groups = new Map<string, { readonly plan: PlanReport; readonly names: string[] }>();
  for (const name of waves.flat(2)) {
    const plan = reports.get(name)?.content.plan;
    if (!plan || plan.revision !== revision || Object.hasOwn(skipped, name)) continue;
    const group = groups.get(plan.digest) ?? { plan, names: [] };
    group.names.push(name);
    groups.set(plan.digest, group);
  }
  const lines = [...groups.values()].flatMap(({ plan, names }) => describePlan(plan, names));
  for (const [name, reason] of Object.entries(skipped))
    lines.push(`${name} is skipped: ${plainText(reason)}`);
  for (const [name, { content }] of reports) {
    const { commands } = content.drift;
    if (commands > 0 && !Object.hasOwn(skipped, name))
      lines.push(`${name}: its table has drifted, which the rollout corrects (${commands} commands)`);
  }
  const order = waves.map((batches) => batches.map((batch) => batch.join(', ')).join(', then ')).join(' | ');
  return `${lines.join('\n')}\nin waves: ${order}\n`;
}

function describePlan(
  { summary, excerpt, commands, refusal }: PlanReport,
  names: readonly string[],
): string[] {
  const more = commands - excerpt.length;
  return [
    `${names.join(', ')}: ${refusal ? `refused: ${plainText(refusal.reason)}` : plainText(summary)}`,
    ...excerpt.map((line) => `  ${plainText(line)}`),
    ...(more > 0 ? [`  and ${more} more commands`] : []),
  ];
}

/** Returns the directors that would refuse the revision. */
export function refusing({ reports }: FleetState, { revision, waves, skipped }: Rollout): string[] {
  return waves.flat(2).filter((name) => {
    const plan = reports.get(name)?.content.plan;
    return plan?.revision === revision && plan.refusal !== undefined && !Object.hasOwn(skipped, name);
  });
}
