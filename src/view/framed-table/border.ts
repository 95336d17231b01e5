import { type Layout, totalWidth } from './layout.ts';
import type { Theme } from './theme.ts';

/** Total number of columns that the border and its blanks take on both sides of a line. */
export const borderWidth = 4;

/** Draws a border around lines that all have the width of the layout. */
export function drawBorder(lines: readonly string[], layout: Layout, { glyphs, paint }: Theme): string[] {
  const { topLeft, topRight, bottomLeft, bottomRight, horizontal, vertical } = glyphs.border;
  const line = horizontal.repeat(totalWidth(layout) + borderWidth - 2);
  const side = paint.border(vertical);
  return [
    paint.border(topLeft + line + topRight),
    ...lines.map((text) => `${side} ${text} ${side}`),
    paint.border(bottomLeft + line + bottomRight),
  ];
}
