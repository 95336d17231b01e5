import { formatEndpoint } from '../ipvs/endpoint.ts';
import type { ServiceId } from '../ipvs/model.ts';
import { counted } from './counted.ts';
import type { DesiredService, DesiredTable } from './desired.ts';
import { formatService } from './format.ts';
import type { Plan } from './step.ts';

/**
 * A limit: a number, or a percentage of the objects present.
 *
 * @example
 * const aQuarter: Limit = { percent: 25 };
 * const todo = plan(current, desired, { guards: { maxRemovals: aQuarter } });
 */
export type Limit = { readonly count: number } | { readonly percent: number };

/** Converts a limit to a number out of `total`; `round` rounds a percentage to a whole number. */
export function limitOf(limit: Limit, total: number, round = Math.ceil): number {
  return 'count' in limit ? limit.count : round((total * limit.percent) / 100);
}

/**
 * Conditions under which a plan is refused; all of them concern only services that are ours.
 *
 * @example
 * const guards: Guards = { maxRemovals: { percent: 24 }, minServers: { count: 1 } };
 * const todo = plan(current, desired, { guards });
 */
export interface Guards {
  /** Let rules that mention no service remove all existing services. */
  readonly allowEmpty?: boolean;
  /**
   * Maximum number of services that may be removed, and of servers that may be removed from services that stay. A percentage
   * refers to all existing services, or servers.
   */
  readonly maxRemovals?: Limit | undefined;
  /**
   * Minimum number of servers with a weight above 0 that a service may be left with; a service that already has fewer may keep
   * that number. A percentage refers to the servers with a weight above 0 that the service has.
   */
  readonly minServers?: Limit | undefined;
}

/**
 * A violated guard, with the numbers.
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
      /** Maximum number that may be removed. */
      readonly allowed: number;
    }
  | {
      readonly guard: 'min-servers';
      readonly service: ServiceId;
      /** Servers that the service would be left with. */
      readonly left: number;
      readonly present: number;
      /** Minimum number that it must be left with. */
      readonly needed: number;
      /** Number of other services that violate the guard too. */
      readonly others: number;
    };

/**
 * A plan refused by a guard. Nothing has been changed.
 *
 * @example
 * try {
 *   plan(current, desired, { guards: { maxRemovals: { count: 0 } } });
 * } catch (error) {
 *   if (!(error instanceof GuardError)) throw error;
 *   console.error(error.message); // 3 of 10 servers would be removed; the limit is 0
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
 * Returns the first guard violated by a change from `present` to `desired`. `hasNoServiceRules` means that no rule mentions a
 * service: such input is most likely not rules at all but the output of a failed command, an empty file, or `/dev/null` under
 * cron(8).
 */
export function findViolation(
  present: DesiredTable,
  desired: DesiredTable,
  { allowEmpty = false, maxRemovals, minServers }: Guards,
  hasNoServiceRules = desired.size === 0,
): Violation | undefined {
  if (!allowEmpty && hasNoServiceRules && present.size > 0) {
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
  // In the order of the rules: that of the kernel's table is arbitrary.
  const shortages = [...desired].flatMap(([key, wanted]) => {
    const service = present.get(key);
    if (!service) return [];
    const [now, left] = [countAcceptingServers(service), countAcceptingServers(wanted)];
    const needed = Math.min(now, limitOf(limit, now));
    return left < needed ? [{ service: service.service, left, present: now, needed }] : [];
  });
  const [first, ...others] = shortages;
  return first && { guard: 'min-servers', ...first, others: others.length };
}

/** Returns the number of servers of a service that accept connections. */
function countAcceptingServers({ servers }: DesiredService): number {
  return [...servers.values()].filter(({ settings }) => settings.weight > 0).length;
}

/** Describes why a guard refused a plan, with the restore option that set the guard. */
export function refusalOf({ message, violation: { guard } }: GuardError): string {
  return guard === 'allow-empty' ? withAllowance(message) : `${message} (--${guard})`;
}

/**
 * Describes why rules without any service are refused before the table is known: only one without services would accept
 * them.
 */
export function refusalOfEmptyRules(): string {
  return withAllowance(emptyRulesSentence('all services'));
}

function withAllowance(sentence: string): string {
  return `${sentence} (--allow-empty allows this)`;
}

function emptyRulesSentence(removed: string): string {
  return `the rules have no services and would remove ${removed}`;
}

/** Describes why a guard refused a plan, with the numbers. */
function guardSentence(violation: Violation): string {
  switch (violation.guard) {
    case 'allow-empty': {
      const { services } = violation;
      return emptyRulesSentence(services === 1 ? 'the only service' : `all ${services} services`);
    }
    case 'max-removals': {
      const { what, removed, total, allowed } = violation;
      return `${removed} of ${total} ${what} would be removed; the limit is ${allowed}`;
    }
    case 'min-servers': {
      const { others } = violation;
      const more = others === 0 ? '' : `; the same applies to ${counted(others, 'more service')}`;
      return `${shortageSentence(violation)}${more}`;
    }
  }
}

/** Describes a service that would have too few servers accepting connections. */
export function shortageSentence({
  service,
  left,
  present,
  needed,
}: Omit<Extract<Violation, { guard: 'min-servers' }>, 'guard' | 'others'>): string {
  const name = formatService(service, formatEndpoint).join(' ');
  return `${name} would be left with ${left} of ${present} servers of weight above 0; the minimum is ${needed}`;
}
