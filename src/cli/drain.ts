import type { Ipvs } from '../ipvs/client.ts';
import { type Drained, type DrainResult, drain } from '../rollout/drain.ts';
import type { DrainOptions } from '../rules/command.ts';
import { formatCommand } from '../rules/format.ts';
import type { Output } from './output.ts';
import { errorTerminal } from './terminal.ts';

/** What became of servers that were to be drained. */
export interface DrainOutcome {
  /** Those that may be removed now. */
  readonly removable: readonly Drained[];
  /** Somebody wanted it to end early. Then none may. */
  readonly interrupted: boolean;
}

/**
 * Drains servers with a line of progress where standard error is a terminal, tells which of them still have
 * connections, and ends early at Ctrl-C or SIGTERM with every server at weight 0.
 */
export async function drainServers(
  ipvs: Ipvs,
  servers: readonly Drained[],
  { seconds, keep }: DrainOptions,
  err: Output,
): Promise<DrainOutcome> {
  const stop = new AbortController();
  const end = () => stop.abort();
  process.on('SIGINT', end).on('SIGTERM', end);
  const line = errorTerminal() ? progressLine(err) : undefined;
  try {
    const results = await drain(ipvs, servers, seconds, {
      stop: stop.signal,
      ...(line && { progress: line.show }),
    });
    line?.clear();
    const left = results.filter((result) => result.left > 0);
    const interrupted = stop.signal.aborted;
    const fate = interrupted || keep ? 'stays, with weight 0' : 'is removed';
    for (const result of left) err.write(`${describe(result)} and ${fate}\n`);
    if (interrupted) {
      err.write('Stopped: servers that were to be removed are there, with weight 0.\n');
      return { removable: [], interrupted };
    }
    return { removable: keep ? results.filter((result) => result.left === 0) : results, interrupted };
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}

function describe({ service, server, left }: DrainResult): string {
  const [, ...words] = formatCommand({ name: 'delete-server', service, server });
  return `${words.join(' ')} has ${left} active connection${left === 1 ? '' : 's'} left`;
}

function progressLine(err: Output) {
  const write = (text: string) => {
    err.write(`\r\x1b[K${text}`);
    err.flush();
  };
  return {
    show: (connections: number, seconds: number) =>
      write(`draining: ${connections} connection${connections === 1 ? '' : 's'} left, ${seconds} s`),
    clear: () => write(''),
  };
}
