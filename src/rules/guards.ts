import { formatEndpoint } from '../ipvs/endpoint.ts';
import type { ServiceId } from '../ipvs/model.ts';
import { counted } from './counted.ts';
import type { DesiredService, DesiredTable } from './desired.ts';
import { formatService } from './format.ts';
import type { Plan } from './step.ts';

/**
 * A number, or a share of those there are.
 *
 * @example
 * const aQuarter: Limit = { percent: 25 };
 * const todo = plan(current, desired, { guards: { maxRemovals: aQuarter } });
 */
export type Limit = { readonly count: number } | { readonly percent: number };

/** Returns how many of `total` a limit means; `round` makes a whole number of a share. */
export function limitOf(limit: Limit, total: number, round = Math.ceil): number {
  return 'count' in limit ? limit.count : round((total * limit.percent) / 100);
}

/**
 * Conditions under which a plan is refused; all are about services that are ours.
 *
 * @example
 * const guards: Guards = { maxRemovals: { percent: 24 }, minServers: { count: 1 } };
 * const todo = plan(current, desired, { guards });
 */
export interface Guards {
  /** Rules that say nothing of services may remove all that there are. */
  readonly allowEmpty?: boolean;
  /**
   * Most services that may be removed, and most servers that may be removed from services that stay. A share is one of all
   * services, or servers, that there are.
   */
  readonly maxRemovals?: Limit | undefined;
  /**
   * Fewest servers of weight above 0 that a service may be left with; one that has fewer already may keep that number. A share
   * is one of those that the service has.
   */
  readonly minServers?: Limit | undefined;
}

/**
 * The first guard that a plan violates, with the numbers.
 *
 * @example
 * const isMostLikelyAnAccident = ({ guard }: Violation) => guard === 'allow-empty';
 */
export type Violation =
  | { readonly guard: 'allow-empty'; readonly services: number }
  | {
      readonly guard: 'max-removals';
      readonly what: 'services' | 'servers';
      readonly removed: number;
      readonly total: number;
      /** Most that may be removed. */
      readonly allowed: number;
    }
  | {
      readonly guard: 'min-servers';
      readonly service: ServiceId;
      /** Servers that the service would be left with. */
      readonly left: number;
      readonly present: number;
      /** Fewest that it must be left with. */
      readonly needed: number;
      /** Other services of which that is true. */
      readonly others: number;
    };

/**
 * A plan that guards refuse. Nothing has been done.
 *
 * @example
 * try {
 *   plan(current, desired, { guards: { maxRemovals: { count: 0 } } });
 * } catch (error) {
 *   if (!(error instanceof GuardError)) throw error;
 *   console.error(error.message); // 3 of 10 servers would be removed, and at most 0 may be
 * }
 */
export class GuardError extends Error {
  readonly violation: Violation;
  /** The plan as it would be without guards. */
  readonly plan: Plan;

  constructor(violation: Violation, plan: Plan) {
    super(guardSentence(violation));
    this.name = 'GuardError';
    this.violation = violation;
    this.plan = plan;
  }
}

/**
 * Returns the first guard that is violated by making `desired` out of `present`. Where `isSilent`, no rule says anything of
 * services: such rules are most likely none at all, but the output of a command that failed, an empty file, or `/dev/null`
 * under cron(8).
 */
export function findViolation(
  present: DesiredTable,
  desired: DesiredTable,
  { allowEmpty = false, maxRemovals, minServers }: Guards,
  isSilent = desired.size === 0,
): Violation | undefined {
  if (!allowEmpty && isSilent && present.size > 0) {
    return { guard: 'allow-empty', services: present.size };
  }
  const tooMany = maxRemovals && findRemovals(present, desired, maxRemovals);
  return tooMany ?? (minServers && findShortage(present, desired, minServers));
}

function findRemovals(present: DesiredTable, desired: DesiredTable, limit: Limit): Violation | undefined {
  let [services, servers, removedServers] = [0, 0, 0];
  for (const [key, service] of present) {
    servers += service.servers.size;
    const wanted = desired.get(key);
    if (!wanted) services++;
    else for (const server of service.servers.keys()) if (!wanted.servers.has(server)) removedServers++;
  }
  const check = (what: 'services' | 'servers', removed: number, total: number): Violation | undefined => {
    const allowed = limitOf(limit, total, Math.floor);
    return removed > allowed ? { guard: 'max-removals', what, removed, total, allowed } : undefined;
  };
  return check('services', services, present.size) ?? check('servers', removedServers, servers);
}

function findShortage(present: DesiredTable, desired: DesiredTable, limit: Limit): Violation | undefined {
  const short = [...present].flatMap(([key, service]) => {
    const wanted = desired.get(key);
    if (!wanted) return [];
    const [now, left] = [takers(service), takers(wanted)];
    const needed = Math.min(now, limitOf(limit, now));
    return left < needed ? [{ service: service.service, left, present: now, needed }] : [];
  });
  const [first, ...others] = short;
  return first && { guard: 'min-servers', ...first, others: others.length };
}

/** How many servers of a service take connections. */
function takers({ servers }: DesiredService): number {
  return [...servers.values()].filter(({ settings }) => settings.weight > 0).length;
}

/** Says why a guard refused a plan, and by which option of a restore it was asked to. */
export function refusalOf({ message, violation: { guard } }: GuardError): string {
  return `${message} (--${guard}${guard === 'allow-empty' ? ' allows that' : ''})`;
}

/** Says why a guard refused a plan, with the numbers. */
function guardSentence(violation: Violation): string {
  switch (violation.guard) {
    case 'allow-empty': {
      const { services } = violation;
      const all = services === 1 ? 'the only service' : `all ${services} services`;
      return `the input has no rule for a service and would remove ${all}`;
    }
    case 'max-removals': {
      const { what, removed, total, allowed } = violation;
      return `${removed} of ${total} ${what} would be removed, and at most ${allowed} may be`;
    }
    case 'min-servers': {
      const { others } = violation;
      const more = others === 0 ? '' : `; ${counted(others, 'more service')} likewise`;
      return `${shortageSentence(violation)}${more}`;
    }
  }
}

/** Says that a service would have too few servers that take connections. */
export function shortageSentence({
  service,
  left,
  present,
  needed,
}: Omit<Extract<Violation, { guard: 'min-servers' }>, 'guard' | 'others'>): string {
  const name = formatService(service, formatEndpoint).join(' ');
  return `${name} would be left with ${left} of ${present} servers that take connections, and needs ${needed}`;
}
