import type { Info } from '../ipvs/model.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import type { ListOptions } from '../rules/command.ts';
import type { EndpointFormatter } from '../rules/format.ts';
import { drawTable } from '../view/framed-table/framed-table.ts';
import { themeFor } from '../view/framed-table/theme.ts';
import type { ColumnSet } from '../view/listing/columns.ts';
import type { Output } from './output.ts';
import { Progress } from './progress.ts';
import { hasUtf8, standardOutput, viewWidth, wantsColors } from './terminal.ts';

/** Subject of `--list --table`. */
export interface PrettyTable {
  readonly entries: readonly ServiceEntry[];
  readonly columns: ColumnSet;
  readonly options: ListOptions;
  readonly endpoint: EndpointFormatter;
  /** Facts of the kernel about its IPVS; absent for one service. */
  readonly info: Info | undefined;
}

/** Draws a table for what standard output is. */
export function printPretty({ entries, columns, options, endpoint, info }: PrettyTable, out: Output): void {
  const terminal = standardOutput();
  const theme = themeFor({ utf8: hasUtf8(terminal), colors: wantsColors(options.color, terminal) });
  const width = viewWidth(terminal);
  const { exact } = options;
  // On a terminal one sees how far it is.
  const progress = terminal.isTerminal ? undefined : new Progress('drawing services');
  let pieces = 0;
  try {
    for (const text of drawTable(entries, { columns, exact, endpoint, theme, width, info })) {
      out.write(text);
      progress?.at(Math.min(++pieces, entries.length), entries.length);
    }
  } finally {
    progress?.end();
  }
}
