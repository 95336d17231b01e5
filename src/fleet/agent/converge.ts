import { type Destination, destinationKey, type ServiceId, serverKey, serviceKey } from '../../ipvs/model.ts';
import { destinationSchema } from '../../ipvs/schema/destination.ts';
import type { DirectorState } from '../../ipvs/state.ts';
import type { DesiredState } from '../../rules/desired.ts';
import type { PlanOptions } from '../../rules/plan.ts';
import type { Step } from '../../rules/step.ts';
import type { Agent } from './agent.ts';
import type { ConvergeOptions, Outcome } from './director.ts';
import type { Memory, Unfinished } from './memory.ts';

/** Outcome of a change, and the memory that records it as unfinished. */
export interface Converged {
  readonly outcome: Outcome;
  readonly begun: Memory;
}

/**
 * Converges the table to the desired state. The memory records the change as unfinished before the kernel is touched, so that an
 * interrupted change is recognised, whatever interrupted it. `sha256` is that of the saved rules to apply.
 */
export async function recordAndConverge(
  { director, keeper, now }: Agent,
  memory: Memory,
  sha256: string,
  desired: DesiredState,
  { drain = 0, ...options }: ConvergeOptions,
): Promise<Converged> {
  const { unfinished } = memory;
  const isSame = unfinished?.sha256 === sha256;
  const since = isSame ? unfinished.since : new Date(now()).toISOString();
  const state = await director.state();
  const steps = unfinished && options.keepWeights ? stepsOwed(state, desired, unfinished) : [];
  const owed = steps.length === 0 ? undefined : await director.carryOut(state, steps, options);
  const weights = options.keepWeights ? weightsAtRisk(state, desired, unfinished, options) : {};
  const begun = { ...memory, unfinished: { sha256, since, weights } };
  keeper.save(begun);
  if (owed && owed.kind !== 'done') return { outcome: owed, begun };
  const seconds = Math.floor((now() - Date.parse(since)) / 1000);
  const left = Math.min(drain, Math.max(0, drain - seconds));
  return { outcome: await director.converge(desired, { ...options, drain: left }), begun };
}

/** Returns the steps that restore the weights that an interrupted change has set to 0, for servers that are to stay now. */
function stepsOwed({ table }: DirectorState, desired: DesiredState, { weights }: Unfinished): Step[] {
  return table.flatMap(({ service: { id: service }, destinations }) =>
    destinations.flatMap((server): Step[] => {
      const weight = weights[destinationKey(service, server.id)];
      // The desired state includes the overrides.
      const wanted = desiredWeight(desired, service, server);
      if (weight === undefined || server.weight > 0 || !wanted) return [];
      const settings = { ...destinationSchema.settingsOf(server), weight };
      return [{ command: { name: 'edit-server', service, server: server.id, settings }, place: undefined }];
    }),
  );
}

/** Returns the weights of servers that the change removes: draining sets them to 0, and no rule would restore them. */
function weightsAtRisk(
  { table }: DirectorState,
  desired: DesiredState,
  unfinished: Unfinished | undefined,
  { owns }: PlanOptions,
): Record<string, number> {
  const weights: Record<string, number> = {};
  for (const { service, destinations } of table) {
    if (owns?.(service.id) === false) continue;
    for (const server of destinations) {
      if (desiredWeight(desired, service.id, server) !== undefined) continue;
      const key = destinationKey(service.id, server.id);
      const weight = server.weight || unfinished?.weights[key];
      if (weight) weights[key] = weight;
    }
  }
  return weights;
}

/** Returns the desired weight of a server; undefined if the server is not wanted. */
function desiredWeight({ table }: DesiredState, service: ServiceId, { id }: Destination): number | undefined {
  return table.get(serviceKey(service))?.servers.get(serverKey(id))?.settings.weight;
}
