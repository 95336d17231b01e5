import { type ServiceId, type ServiceSettings, serverKey, serviceKey } from '../../ipvs/model.ts';
import { destinationSchema } from '../../ipvs/schema/destination.ts';
import { serviceSchema } from '../../ipvs/schema/service.ts';
import type { DirectorState } from '../../ipvs/state.ts';
import { connectionsOf } from '../../rollout/drain.ts';
import type { DesiredService, DesiredState } from '../../rules/desired.ts';
import {
  isForDraining,
  settingsAfterDraining,
  settingsWhileDraining,
} from '../../rules/fallback-settings.ts';
import { type Limit, limitOf, shortageSentence } from '../../rules/guards.ts';
import type { Owns } from '../../rules/ownership.ts';
import type { Step } from '../../rules/step.ts';
import { matchesServer, parseServer, type ServerPattern } from './server.ts';

/** Servers that are out of service, the one that takes precedence first. */
export type Overrides = readonly string[];

/** Options for taking servers out of service. */
export interface OverrideOptions {
  /** Servers with a weight above 0 that a service must keep; default 1. A percentage is of those it has without overrides. */
  readonly minServers?: Limit | undefined;
  /** Selects the services that are ours; all others are left alone. */
  readonly owns?: Owns | undefined;
}

/** A desired state after its overrides were applied. */
export interface Overridden {
  readonly desired: DesiredState;
  /** Reasons why servers keep their weight, by override. */
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * Takes servers out of service in a desired state, as long as every service keeps enough of them; earlier overrides take
 * precedence. A service whose scheduler would refuse the clients of a drained server gets a fallback meanwhile.
 */
export function withOverrides(
  desired: DesiredState,
  overrides: Overrides,
  options: OverrideOptions = {},
): Overridden {
  if (overrides.length === 0) return { desired, refused: new Map() };
  const patterns = overrides.map((name) => ({ name, pattern: parseServer(name) }));
  const refused = new Map<string, string>();
  const table = new Map(
    [...desired.table].map(([key, service]) => {
      if (options.owns?.(service.service) === false) return [key, service] as const;
      return [key, serviceWithOverrides(service, patterns, options, refused)] as const;
    }),
  );
  return { desired: { ...desired, table }, refused };
}

interface Named {
  readonly name: string;
  readonly pattern: ServerPattern;
}

function serviceWithOverrides(
  service: DesiredService,
  patterns: readonly Named[],
  { minServers }: OverrideOptions,
  refused: Map<string, string>,
): DesiredService {
  const acceptingServers = [...service.servers].filter(([, { settings }]) => settings.weight > 0);
  const wanted = minServers ? limitOf(minServers, acceptingServers.length) : 1;
  const needed = Math.max(1, Math.min(wanted, acceptingServers.length));
  const servers = new Map(service.servers);
  let left = acceptingServers.length;
  for (const { name, pattern } of patterns) {
    for (const [key, server] of servers) {
      if (server.settings.weight === 0 || !matchesServer(pattern, server.server)) continue;
      if (left - 1 < needed) {
        const shortage = {
          service: service.service,
          left: left - 1,
          present: acceptingServers.length,
          needed,
        };
        refused.set(name, shortageSentence(shortage));
        continue;
      }
      left--;
      servers.set(key, { ...server, settings: { ...server.settings, weight: 0 } });
    }
  }
  const isTouched = left < acceptingServers.length;
  return {
    ...service,
    servers,
    settings: isTouched ? settingsWhileDraining(service.settings) : service.settings,
  };
}

/** Options of {@link overrideSteps}. */
export interface OverrideStepOptions extends OverrideOptions {
  /** Whether a change to the rules was broken off, while servers drained that it removes. */
  readonly isChanging?: boolean;
}

/**
 * Returns the steps that take the servers of `overrides` out of service and put those that are only in `were` back, and change
 * nothing else. `plain` is the state that the revision describes.
 */
export function overrideSteps(
  current: DirectorState,
  plain: DesiredState,
  overrides: Overrides,
  former: Overrides,
  options: OverrideStepOptions = {},
): Step[] {
  const { desired } = withOverrides(plain, overrides, options);
  const patterns = [...overrides, ...former].map(parseServer);
  const steps: Step[] = [];
  for (const { service, destinations } of current.table) {
    const wanted = desired.table.get(serviceKey(service.id));
    if (!wanted || options.owns?.(service.id) === false) continue;
    const matching = destinations.filter(({ id }) => patterns.some((pattern) => matchesServer(pattern, id)));
    if (matching.length === 0) continue;
    const isDraining =
      options.isChanging === true && destinations.some(({ id }) => !wanted.servers.has(serverKey(id)));
    const settings = schedulingFor(service, wanted, isDraining);
    if (settings) steps.push(step('edit-service', service.id, settings));
    for (const server of matching) {
      const weight = wanted.servers.get(serverKey(server.id))?.settings.weight;
      if (weight === undefined || weight === server.weight) continue;
      const settings = { ...destinationSchema.settingsOf(server), weight };
      steps.push({
        command: { name: 'edit-server', service: service.id, server: server.id, settings },
        place: undefined,
      });
    }
  }
  return steps;
}

/**
 * Returns the settings that a service in the kernel needs for its overrides; undefined if it has them already. Those for draining
 * stay while `isDraining`.
 */
function schedulingFor(
  current: ServiceSettings,
  { settings }: DesiredService,
  isDraining: boolean,
): ServiceSettings | undefined {
  if (isForDraining(settings) === isForDraining(current)) return undefined;
  if (isDraining && isForDraining(current)) return undefined;
  const own = serviceSchema.settingsOf(current);
  const needed = isForDraining(settings) ? settingsWhileDraining(own) : settingsAfterDraining(own);
  // Somebody may have given the service a scheduler that needs no fallback.
  return needed === own ? undefined : needed;
}

function step(name: 'edit-service', service: ServiceId, settings: ServiceSettings): Step {
  return { command: { name, service, settings }, place: undefined };
}

/** Counts the servers that an override covers, and the connections that must still end until they are drained. */
export function countCovered(
  { table }: DirectorState,
  override: string,
): { readonly servers: number; readonly connections: number } {
  const pattern = parseServer(override);
  let [servers, connections] = [0, 0];
  for (const { service, destinations } of table) {
    for (const server of destinations) {
      if (!matchesServer(pattern, server.id)) continue;
      servers++;
      connections += connectionsOf(service.id, server);
    }
  }
  return { servers, connections };
}
