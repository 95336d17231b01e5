import CliTable from 'cli-table3';
import { surround } from './frame.ts';
import { gap, type Layout, titleSpan } from './layout.ts';
import type { Look } from './look.ts';
import { paintCell, paintName } from './painting.ts';
import type { Row } from './rows.ts';

/** cli-table3 compares each row with all before it; as widths are given, tables can follow each other unseen. */
const rowsAtOnce = 8;

/** Draws the rows of one service in a frame of its own; lines of equal width. */
export function drawFramed(rows: readonly Row[], layout: Layout, look: Look): string[] {
  const lines: string[] = [];
  for (let from = 0; from < rows.length; from += rowsAtOnce)
    lines.push(...drawTogether(rows.slice(from, from + rowsAtOnce), layout, look));
  return surround(lines, layout, look);
}

function drawTogether(rows: readonly Row[], layout: Layout, { paint }: Look): string[] {
  const table = new CliTable({
    chars: {
      ...noRules,
      middle: ' ',
    },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    // Between two columns stand the one blank that the drawing puts there, and the rest of the gap.
    colWidths: [layout.name, ...layout.widths.map((width) => width + gap - 1)],
    colAligns: ['left', ...layout.columns.map(({ align }) => align)],
  });
  const span = titleSpan(layout);
  for (const row of rows) {
    const isService = row.kind === 'service';
    const name = { content: paintName(row, paint).join('\n'), colSpan: isService ? 1 + span.columns : 1 };
    const columns = layout.columns.slice(isService ? span.columns : 0);
    const cells = row.cells.map((cell, index) => {
      const text = paintCell(cell, row, paint);
      return columns[index]?.align === 'left' ? ` ${text}` : text;
    });
    table.push([name, ...cells]);
  }
  return table.toString().split('\n');
}

/** The frame is drawn around the table, since colours of its own would cost an escape sequence for every sign. */
const noRules = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
};
