import type { Ipvs } from '../../ipvs/client.ts';
import type { DrainOutcome } from '../../rollout/converge.ts';
import { type DrainResult, type DrainTarget, drain, isUdp } from '../../rollout/drain.ts';
import type { DrainOptions } from '../../rules/command.ts';
import { counted } from '../../rules/counted.ts';
import { formatCommand } from '../../rules/format.ts';
import type { Output } from '../stdio/output.ts';
import { errorTerminal } from '../stdio/terminal.ts';
import { untilSignal } from '../stdio/until-signal.ts';

/**
 * Drains servers with a progress line where standard error is a terminal, and reports which of them still have connections.
 * Ctrl-C and SIGTERM end it early, with every server at weight 0.
 */
export function drainServers(
  ipvs: Ipvs,
  servers: readonly DrainTarget[],
  options: DrainOptions,
  err: Output,
): Promise<DrainOutcome> {
  return untilSignal((stop) => drainUntil(stop, ipvs, servers, options, err));
}

/** Drains servers as {@link drainServers} does, until `stop` is aborted. */
export async function drainUntil(
  stop: AbortSignal,
  ipvs: Ipvs,
  servers: readonly DrainTarget[],
  { seconds, keep }: DrainOptions,
  err: Output,
): Promise<DrainOutcome> {
  // Draining may take long; what has been reported so far is for the reader of a log, too.
  err.flush();
  const line = errorTerminal() ? progressLine(err) : undefined;
  const results = await drain(ipvs, servers, seconds, { stop, ...(line && { progress: line.show }) });
  line?.clear();
  const interrupted = stop.aborted;
  const fate = interrupted || keep ? 'stays with weight 0' : 'is removed';
  for (const result of results) if (result.left > 0) err.write(`${describe(result)} and ${fate}\n`);
  if (interrupted) {
    err.write('Interrupted: the servers to be removed are still there, with weight 0.\n');
    return { removable: [], interrupted };
  }
  return { removable: keep ? results.filter((result) => result.left === 0) : results, interrupted };
}

function describe({ service, server, left }: DrainResult): string {
  const [, ...words] = formatCommand({ name: 'delete-server', service, server });
  const kind = isUdp(service) ? '' : 'active ';
  return `${words.join(' ')} has ${counted(left, `${kind}connection`)} left`;
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
