import { isatty } from 'node:tty';
import type { Ipvs } from '../../ipvs/client.ts';
import { formatEndpoint } from '../../ipvs/endpoint.ts';
import type { ServiceId } from '../../ipvs/model.ts';
import type { ListOptions } from '../../rules/command.ts';
import { themeFor } from '../../view/framed-table/theme.ts';
import type { ColumnSet } from '../../view/listing/columns.ts';
import { WatchView } from '../../view/watch/draw-screen.ts';
import type { Output } from '../stdio/output.ts';
import { Progress } from '../stdio/progress.ts';
import { hasUtf8, standardOutput, wantsColors } from '../stdio/terminal.ts';
import { LateNames } from './names.ts';
import { TableReader } from './reader.ts';
import { watch } from './watch.ts';

/** Subject and options of `--list --watch`. */
export interface WatchRequest {
  /** The only service to watch; `undefined` for the whole table. */
  readonly service: ServiceId | undefined;
  readonly columns: ColumnSet;
  readonly options: ListOptions;
  /** Seconds between two refreshes. */
  readonly interval: number;
}

/** Watches a table on the terminal at standard input and output. Rejects with `NetlinkError` when the table cannot be read. */
export async function startWatch(
  ipvs: Ipvs,
  { service, columns, options, interval }: WatchRequest,
  out: Output,
): Promise<void> {
  if (!isatty(0) || !isatty(1)) throw new Error('--watch needs a terminal, for what it shows and for keys');
  const terminal = standardOutput();
  const names = options.numeric ? undefined : new LateNames();
  const view = new WatchView({
    columns,
    exact: options.exact,
    framed: options.table === true,
    endpoint: names?.endpoint ?? formatEndpoint,
    theme: themeFor({ utf8: hasUtf8(terminal), colors: wantsColors(options.color, terminal) }),
  });
  const reader = new TableReader(ipvs, service, options.sorted);
  await reader.read({ wanted: new Set(), spare: 0, progress: new Progress('reading services') });
  await watch({ reader, view, names, info: service ? undefined : await ipvs.info(), interval }, out);
}
