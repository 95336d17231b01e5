import type { Destination } from '../../ipvs/model.ts';
import { drawBorder } from '../framed-table/border.ts';
import { drawRows } from '../framed-table/draw.ts';
import { type Layout, wrap } from '../framed-table/layout.ts';
import { type RowStyle, serverRows, serverTitle, serviceRow, titleLines } from '../framed-table/rows.ts';
import type { SelectedService } from './selection.ts';

/** A service with its lines in the table. */
export interface Block {
  readonly chosen: SelectedService;
  /** Number of lines of its name, including the border above. */
  readonly head: number;
  /** Total number of its lines. */
  readonly height: number;
  /** True if every server's name fits into one line. */
  readonly oneLine: boolean;
  /** Servers of the service, in drawing order. */
  servers: readonly Destination[];
}

/** Measures the block of a service; `longest` is the width of the longest server name in the whole table. */
export function blockOf(
  chosen: SelectedService,
  layout: Layout,
  style: RowStyle,
  { framed, longest }: { framed: boolean; longest: number },
): Block {
  const border = framed ? 1 : 0;
  const head = border + titleLines(chosen.entry, layout, style).length;
  const oneLine = longest <= layout.name;
  let lines = chosen.shown.length;
  if (!oneLine) for (const server of chosen.shown) lines += nameHeight(server, chosen, layout, style) - 1;
  return { chosen, head, height: head + lines + border, oneLine, servers: chosen.shown };
}

/** A range of the lines of a block. */
export interface Part {
  readonly from: number;
  /** The first line after the range. */
  readonly to: number;
}

/** Returns the servers with a line in `part`, and the number of lines taken by the servers above them. */
export function serversIn(
  { chosen, head, oneLine, servers }: Block,
  { from, to }: Part,
  layout: Layout,
  style: RowStyle,
): { readonly inside: readonly Destination[]; readonly above: number } {
  if (oneLine) {
    const above = Math.max(0, from - head);
    return { inside: servers.slice(above, Math.max(0, to - head)), above };
  }
  const inside: Destination[] = [];
  let line = head;
  let above = 0;
  for (const server of servers) {
    const next = line + nameHeight(server, chosen, layout, style);
    if (next <= from) above += next - line;
    else if (line < to) inside.push(server);
    line = next;
  }
  return { inside, above };
}

/** Draws a part of a block; servers outside the part are not drawn at all. */
export function drawBlock(
  block: Block,
  part: Part,
  layout: Layout,
  style: RowStyle,
  framed: boolean,
): string[] {
  const { chosen, head, height } = block;
  const { inside, above } = serversIn(block, part, layout, style);
  const rows = [serviceRow(chosen, layout, style), ...serverRows(chosen, inside, layout, style)];
  const lines = drawRows(rows, layout, style.theme);
  const drawn = framed ? drawBorder(lines, layout, style.theme) : lines;
  // `drawn` lacks the lines of the servers above the part.
  const start = part.from < head ? part.from : part.from - above;
  return part.to === height ? drawn.slice(start) : drawn.slice(start, start + part.to - part.from);
}

function nameHeight(
  server: Destination,
  { entry }: SelectedService,
  layout: Layout,
  style: RowStyle,
): number {
  const title = serverTitle(server, entry.service, style);
  return wrap(title, layout.name, ' '.repeat(style.indent.length)).length;
}
