import type { Ipvs } from '../ipvs/client.ts';
import type { ServiceId, ServiceSettings } from '../ipvs/model.ts';
import { NetlinkError } from '../netlink/errors.ts';
import { type Drained, type DrainResult, drain, isUdp } from '../rollout/drain.ts';
import { setFallback, takeFallbackBack } from '../rollout/fallback.ts';
import type { DrainOptions } from '../rules/command.ts';
import { counted } from '../rules/counted.ts';
import { settingsWhileDraining } from '../rules/draining.ts';
import { formatCommand } from '../rules/format.ts';
import { schedulerFlagNames } from '../rules/scheduler-flags.ts';
import { kernelErrorSentence } from './messages.ts';
import type { Output } from './output.ts';
import { status } from './status.ts';
import { errorTerminal } from './terminal.ts';

/** The outcome of draining servers. */
export interface DrainOutcome {
  /** The servers that may be removed now. */
  readonly removable: readonly Drained[];
  /** Somebody wanted it to end early. Then none may. */
  readonly interrupted: boolean;
}

/** Whether servers may stay for a while with weight 0, or go at once. */
export function isWaiting({ seconds, keep }: DrainOptions): boolean {
  return seconds > 0 || keep;
}

/**
 * Drains servers with a line of progress where standard error is a terminal, tells which of them still have
 * connections, and ends early at Ctrl-C or SIGTERM with every server at weight 0.
 */
export function drainServers(
  ipvs: Ipvs,
  servers: readonly Drained[],
  options: DrainOptions,
  err: Output,
): Promise<DrainOutcome> {
  return untilSignal((stop) => drainUntil(stop, ipvs, servers, options, err));
}

/**
 * Drains one server and removes it, as `-d --drain` does, and returns the exit status. Where the scheduler would refuse clients
 * meanwhile, the service has a fallback for that time.
 *
 * Rejects with {@link NetlinkError} as the kernel refuses.
 */
export function removeDrained(
  ipvs: Ipvs,
  drained: Drained,
  options: DrainOptions,
  err: Output,
): Promise<number> {
  const { service, server } = drained;
  return untilSignal(async (stop) => {
    if (isWaiting(options) && !(await setTellingFallback(ipvs, drained, err))) return status.refused;
    let isOver = false;
    try {
      const { removable, interrupted } = await drainUntil(stop, ipvs, [drained], options, err);
      if (removable.length > 0) await ipvs.removeDestination(service, server);
      isOver = true;
      const settings = await takeFallbackBack(ipvs, service);
      if (settings) tellFallbackStays([{ service, settings }], err);
      return interrupted ? status.interrupted : status.done;
    } finally {
      // The first error is the one to tell.
      if (!isOver) await takeFallbackBack(ipvs, service).catch(() => {});
    }
  });
}

/** Sets the fallback that draining a server needs, and tells it. Resolves to `false` where the kernel refuses, which is told too. */
async function setTellingFallback(ipvs: Ipvs, { service, server }: Drained, err: Output): Promise<boolean> {
  const { scheduler, flags } = await ipvs.service(service);
  try {
    const settings = await setFallback(ipvs, service, server);
    if (settings) tellFallback([{ service, settings }], err);
    return true;
  } catch (error) {
    if (!(error instanceof NetlinkError) || error.errno === undefined) throw error;
    const reason = kernelErrorSentence(error, 'edit-service');
    err.write(`${noFallbackSentence({ service, settings: { scheduler, flags } }, reason)}\n`);
    return false;
  }
}

/** Runs `task`, which Ctrl-C and SIGTERM ask to stop instead of ending the process. */
async function untilSignal<T>(task: (stop: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const end = () => stop.abort();
  process.on('SIGINT', end).on('SIGTERM', end);
  try {
    return await task(stop.signal);
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}

async function drainUntil(
  stop: AbortSignal,
  ipvs: Ipvs,
  servers: readonly Drained[],
  { seconds, keep }: DrainOptions,
  err: Output,
): Promise<DrainOutcome> {
  const line = errorTerminal() ? progressLine(err) : undefined;
  const results = await drain(ipvs, servers, seconds, { stop, ...(line && { progress: line.show }) });
  line?.clear();
  const interrupted = stop.aborted;
  const fate = interrupted || keep ? 'stays, with weight 0' : 'is removed';
  for (const result of results) if (result.left > 0) err.write(`${describe(result)} and ${fate}\n`);
  if (interrupted) {
    err.write('Stopped: servers that were to be removed are there, with weight 0.\n');
    return { removable: [], interrupted };
  }
  return { removable: keep ? results.filter((result) => result.left === 0) : results, interrupted };
}

function describe({ service, server, left }: DrainResult): string {
  const [, ...words] = formatCommand({ name: 'delete-server', service, server });
  const kind = isUdp(service) ? '' : 'active ';
  return `${words.join(' ')} has ${counted(left, `${kind}connection`)} left`;
}

/** A service, with the settings that are its own. */
interface Spared {
  readonly service: ServiceId;
  readonly settings: Pick<ServiceSettings, 'scheduler' | 'flags'>;
}

/** Tells that services have a fallback while servers of them drain; a sentence for each scheduler. */
export function tellFallback(services: readonly Spared[], err: Output): void {
  for (const [first, ...others] of byScheduler(services)) {
    const { scheduler } = first.settings;
    const { have } = count(first, others);
    err.write(
      `${scheduler} refuses clients of servers with weight 0, so ${have} ${fallbackName(first.settings)} while servers drain\n`,
    );
  }
}

/** Tells that services keep the fallback; a sentence for each scheduler. */
export function tellFallbackStays(services: readonly Spared[], err: Output): void {
  for (const [first, ...others] of byScheduler(services)) {
    const { keep } = count(first, others);
    err.write(
      `${keep} ${fallbackName(first.settings)} until a rollout, or -d --drain, removes servers with weight 0\n`,
    );
  }
}

/** Says why a service cannot have the fallback without which it is not drained. */
export function noFallbackSentence(spared: Spared, reason: string): string {
  const { cannot } = count(spared, []);
  return `${cannot} have ${fallbackName(spared.settings)} while servers drain: ${reason}`;
}

function byScheduler(services: readonly Spared[]): [Spared, ...Spared[]][] {
  const groups = new Map<string, [Spared, ...Spared[]]>();
  for (const spared of services) {
    const group = groups.get(spared.settings.scheduler);
    if (group) group.push(spared);
    else groups.set(spared.settings.scheduler, [spared]);
  }
  return [...groups.values()];
}

/** The subject of a sentence about services, with its verbs. */
function count({ service }: Spared, others: readonly Spared[]): Record<'have' | 'keep' | 'cannot', string> {
  const [, ...words] = formatCommand({ name: 'delete-service', service });
  const name = words.join(' ');
  if (others.length === 0) return { have: `${name} has`, keep: `${name} keeps`, cannot: `${name} cannot` };
  const names = `${name} and ${counted(others.length, 'other service')}`;
  return { have: `${names} have`, keep: `${names} keep`, cannot: `${names} cannot` };
}

/** The flag, or the scheduler, that settings get while servers drain. */
function fallbackName(settings: Spared['settings']): string {
  const gentle = settingsWhileDraining(settings);
  if (gentle.scheduler !== settings.scheduler) return `the scheduler ${gentle.scheduler}`;
  const [flag = ''] = schedulerFlagNames(settings.scheduler, gentle.flags & ~settings.flags);
  return flag;
}

/** Says in brackets which flag would make a scheduler serve clients of servers with weight 0; empty where it has none. */
export function fallbackHint(settings: Spared['settings']): string {
  const isFlag = settingsWhileDraining(settings).scheduler === settings.scheduler;
  return isFlag ? ` (${fallbackName(settings)} gives them to others)` : '';
}

function progressLine(err: Output) {
  const write = (text: string) => {
    err.write(`\r\x1b[K${text}`);
    err.flush();
  };
  return {
    show: (connections: number, seconds: number) =>
      write(`draining: ${counted(connections, 'connection')} left, ${seconds} s`),
    clear: () => write(''),
  };
}
