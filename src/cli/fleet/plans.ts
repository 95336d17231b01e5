import { valueFor } from '../../fleet/documents/record.ts';
import type { PlanReport } from '../../fleet/documents/report.ts';
import type { Rollout } from '../../fleet/documents/rollout.ts';
import type { FleetState } from '../../fleet/status/fleet-state.ts';
import { counted } from '../../rules/counted.ts';
import { plainText } from './table.ts';

/** Describes how far a rollout has come. */
export function stageOf({ phase, wave, waves }: Rollout): string {
  return phase === 'preview'
    ? 'asking for plans'
    : `wave ${Math.min(wave + 1, waves.length)} of ${waves.length}`;
}

/** Describes the plans of all directors; equal plans are grouped. */
export function describePlans({ reports }: FleetState, rollout: Rollout): string {
  const { revision, waves, failed, skipped } = rollout;
  const groups = new Map<string, { readonly plan: PlanReport; readonly names: string[] }>();
  for (const name of waves.flat(2)) {
    const plan = reports.get(name)?.content.plan;
    if (plan?.revision !== revision || isLeftOut(rollout, name)) continue;
    // A digest is what a director says it is: one that lies must not show its own plan in the name of others.
    const key = [plan.digest, ...describePlan(plan, [])].join('\n');
    const group = groups.get(key) ?? { plan, names: [] };
    group.names.push(name);
    groups.set(key, group);
  }
  const lines = [...groups.values()].flatMap(({ plan, names }) => describePlan(plan, names));
  for (const [name, reason] of Object.entries({ ...skipped, ...failed }))
    lines.push(`${name} is skipped: ${plainText(reason)}`);
  for (const [name, { content }] of reports) {
    const { commands } = content.drift;
    if (commands > 0 && !isLeftOut(rollout, name))
      lines.push(
        `${name}: its table has drifted, which the rollout corrects (${counted(commands, 'command')})`,
      );
  }
  return `${lines.join('\n')}\nin waves: ${orderOf(rollout)}\n`;
}

function orderOf(rollout: Rollout): string {
  return rollout.waves
    .map((batches) =>
      batches
        .map((batch) => batch.filter((name) => !isLeftOut(rollout, name)).join(', '))
        .filter((names) => names !== '')
        .join(', then '),
    )
    .filter((names) => names !== '')
    .join(' | ');
}

function describePlan(
  { summary, excerpt, commands, refusal }: PlanReport,
  names: readonly string[],
): string[] {
  const more = commands - excerpt.length;
  return [
    `${names.join(', ')}: ${refusal ? `refused: ${plainText(refusal.reason)}` : plainText(summary)}`,
    ...excerpt.map((line) => `  ${plainText(line)}`),
    ...(more > 0 ? [`  and ${counted(more, 'more command')}`] : []),
  ];
}

/** Returns the directors that would refuse the revision. */
export function refusing({ reports }: FleetState, rollout: Rollout): string[] {
  return rollout.waves.flat(2).filter((name) => {
    const plan = reports.get(name)?.content.plan;
    return plan?.revision === rollout.revision && plan.refusal !== undefined && !isLeftOut(rollout, name);
  });
}

/** Whether a director has failed in a rollout, or was left out of it. */
export function isLeftOut({ failed, skipped }: Rollout, name: string): boolean {
  return valueFor(skipped, name) !== undefined || valueFor(failed, name) !== undefined;
}
