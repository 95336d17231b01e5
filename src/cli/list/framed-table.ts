import type { Ipvs } from '../../ipvs/client.ts';
import type { ServiceId } from '../../ipvs/model.ts';
import type { ListOptions } from '../../rules/command.ts';
import { drawTable } from '../../view/framed-table/framed-table.ts';
import { themeFor } from '../../view/framed-table/theme.ts';
import type { ColumnSet } from '../../view/listing/columns.ts';
import type { Output } from '../stdio/output.ts';
import { Progress } from '../stdio/progress.ts';
import { hasUtf8, standardOutput, viewWidth, wantsColors } from '../stdio/terminal.ts';
import { endpointFormatterFor, inOrder } from './names.ts';
import { readOne, readWithProgress } from './read-table.ts';

/** Subject and options of `--list --table`. */
export interface FramedTable {
  /** The only service to list; `undefined` for the whole table. */
  readonly service: ServiceId | undefined;
  readonly columns: ColumnSet;
  readonly options: ListOptions;
}

/** Reads the table and draws it with the width, colours and characters that suit standard output. */
export async function printFramedTable(
  ipvs: Ipvs,
  { service, columns, options }: FramedTable,
  out: Output,
): Promise<void> {
  const table = service ? await readOne(ipvs, service) : await readWithProgress(ipvs);
  const endpoint = await endpointFormatterFor(table, options.numeric);
  const entries = options.sorted ? inOrder(table) : table;
  const terminal = standardOutput();
  const theme = themeFor({ utf8: hasUtf8(terminal), colors: wantsColors(options.color, terminal) });
  const info = service ? undefined : await ipvs.info();
  const form = { info, columns, exact: options.exact, endpoint, theme, width: viewWidth(terminal) };
  // On a terminal the output itself shows the progress.
  const progress = terminal.isTerminal ? undefined : new Progress('drawing services');
  let pieces = 0;
  try {
    for (const text of drawTable(entries, form)) {
      out.write(text);
      progress?.update(Math.min(++pieces, entries.length), entries.length);
    }
  } finally {
    progress?.end();
  }
}
