import type { Destination } from '../../ipvs/model.ts';
import { drawBorder } from '../framed-table/border.ts';
import { drawRows } from '../framed-table/draw.ts';
import { type Layout, wrap } from '../framed-table/layout.ts';
import { type RowStyle, serverRows, serverTitle, serviceRow, titleLines } from '../framed-table/rows.ts';
import type { SelectedService } from './selection.ts';

/** A service as it stands among the others. */
export interface Block {
  readonly chosen: SelectedService;
  /** Lines that its name takes, with the frame above it. */
  readonly head: number;
  /** Lines of everything. */
  readonly height: number;
  /** Whether the name of every server fits into a line. */
  readonly oneLine: boolean;
  /** Its servers, in the order in which they are drawn. */
  servers: readonly Destination[];
}

/** What a service takes of the screen; `longest` is the length of the longest name of any server. */
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

/** The lines of a block from one to another. */
export interface Part {
  readonly from: number;
  /** The first line that is not part of it. */
  readonly to: number;
}

/** The servers of which something stands in a part, and how many lines those above them take. */
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

/** Some of the lines of a block; servers outside of them are not drawn at all. */
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
  // The servers above are missing in what is drawn.
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
