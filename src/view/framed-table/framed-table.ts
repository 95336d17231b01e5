import { type Destination, type Info, isFull, type Service, versionText } from '../../ipvs/model.ts';
import type { ServiceEntry } from '../../ipvs/table.ts';
import { counted } from '../../rules/counted.ts';
import type { EndpointFormatter } from '../../rules/format.ts';
import type { ColumnSet } from '../listing/columns.ts';
import { borderWidth, drawBorder } from './border.ts';
import { columnsFor } from './columns.ts';
import { drawHeading, drawRows } from './draw.ts';
import { fitColumns, naturalWidthsOf, wrap } from './layout.ts';
import { isRefusing, measure, type RowStyle, serverRows, serviceRow } from './rows.ts';
import type { Theme } from './theme.ts';

/** Options of {@link drawTable}. */
export interface TableViewOptions {
  readonly columns: ColumnSet;
  readonly exact: boolean;
  readonly endpoint: EndpointFormatter;
  readonly theme: Theme;
  /** Columns of the terminal; `undefined` without a terminal, where columns get their natural widths. */
  readonly width: number | undefined;
  /** Facts about IPVS in the kernel, for the line above a whole table; `undefined` for a part of it. */
  readonly info: Info | undefined;
}

/** Draws the output of `--list --table`, a bordered block for each service, in pieces of text. */
export function* drawTable(entries: readonly ServiceEntry[], options: TableViewOptions): Generator<string> {
  const { theme, width, info } = options;
  const style: RowStyle = { endpoint: options.endpoint, theme, indent: '  ' };
  const columns = columnsFor({ columns: options.columns, exact: options.exact, live: false, bars: true });
  const natural = naturalWidthsOf(columns);
  for (const entry of entries) measure(natural, { entry }, entry.destinations, style);
  const layout = fitColumns(columns, natural, width === undefined ? undefined : width - borderWidth);

  const note = (text: string) =>
    wrap(text, width ?? text.length)
      .map((line) => theme.paint.note(line))
      .join('\n');
  if (info) yield `${note(summary(entries, info))}\n`;
  if (entries.length > 0) yield `${drawHeading(layout, theme, borderWidth / 2)}\n`;
  for (const entry of entries) {
    const rows = [
      serviceRow({ entry }, layout, style),
      ...serverRows({ entry }, entry.destinations, layout, style),
    ];
    yield `${drawBorder(drawRows(rows, layout, theme), layout, theme).join('\n')}\n`;
  }
  const isMarked = (marks: (server: Destination, service: Service) => boolean) =>
    entries.some(({ service, destinations }) => destinations.some((server) => marks(server, service)));
  if (isMarked((server, service) => isFull(server) && !isRefusing(server, service)))
    yield `${note(`${theme.glyphs.full} ${fullLegend}`)}\n`;
  if (isMarked(isRefusing)) yield `${note(`${theme.glyphs.refusing} ${refusingLegend}`)}\n`;
}

const fullLegend = 'upper threshold reached: no new connections';
const refusingLegend = 'accepts no connections; its clients are refused';

/** Returns the line that counts services and servers: `IP Virtual Server 1.2.1: 2 services, 5 servers`. */
export function summary(entries: readonly ServiceEntry[], info: Info): string {
  const servers = entries.reduce((sum, { destinations }) => sum + destinations.length, 0);
  return `IP Virtual Server ${versionText(info)}: ${counted(entries.length, 'service')}, ${counted(servers, 'server')}`;
}
