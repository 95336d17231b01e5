import { displayWidth } from '../display-width.ts';
import { gap, type Layout, nameTitle, titleSpan, totalWidth } from './layout.ts';
import type { Cell, Row } from './rows.ts';
import type { Paint, Theme } from './theme.ts';

/** Draws rows in columns, as lines of equal width. */
export function drawRows(rows: readonly Row[], layout: Layout, { paint }: Theme): string[] {
  const span = titleSpan(layout);
  const total = totalWidth(layout);
  return rows.flatMap((row) => {
    const isService = row.kind === 'service';
    const skipped = isService ? span.columns : 0;
    const cells = row.cells.map((cell, index) => column(cell, skipped + index, row, layout, paint)).join('');
    return paintName(row, paint).map((name, line) => {
      const length = displayWidth(row.name[line] ?? '');
      if (line > 0) return name + blanks(total - length);
      return name + blanks((isService ? span.width : layout.name) - length) + cells;
    });
  });
}

function column(cell: Cell, index: number, row: Row, layout: Layout, paint: Paint): string {
  const missing = blanks((layout.widths[index] ?? 0) - displayWidth(cell.text));
  const text = paintCell(cell, row, paint);
  return blanks(gap) + (layout.columns[index]?.align === 'left' ? text + missing : missing + text);
}

function blanks(count: number): string {
  return ' '.repeat(Math.max(0, count));
}

/** Draws the heading, `margin` blanks from the left, with a glyph before the title of the column `sortedBy`. */
export function drawHeading(
  layout: Layout,
  { glyphs, paint }: Theme,
  margin: number,
  sortedBy?: string,
): string {
  let text = blanks(margin) + nameTitle.slice(0, layout.name).padEnd(layout.name);
  for (const [index, { title, align }] of layout.columns.entries()) {
    const width = (layout.widths[index] ?? 0) + gap;
    const marked = title !== '' && title === sortedBy ? glyphs.sorted + title : title;
    text += align === 'left' ? (blanks(gap) + marked).padEnd(width) : marked.padStart(width);
  }
  return paint.heading(text.trimEnd());
}

/** Returns the lines of a row's name in the colour of the row. */
function paintName({ name, tone }: Row, paint: Paint): string[] {
  return name.map((line) => (tone ? paint[tone](line) : line));
}

/** Returns the text of a cell in its colour; every cell of an idle row has the colour of the row. */
function paintCell({ text, tone }: Cell, row: Row, paint: Paint): string {
  const painter = row.tone === 'idle' ? 'idle' : tone;
  return painter ? paint[painter](text) : text;
}
