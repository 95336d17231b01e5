import { type Layout, totalWidth } from './layout.ts';
import type { Look } from './theme.ts';

/** What a frame takes of the width. */
export const frameWidth = 4;

/** Draws a frame around lines of the layout's width. */
export function surround(lines: readonly string[], layout: Layout, { glyphs, paint }: Look): string[] {
  const { topLeft, topRight, bottomLeft, bottomRight, horizontal, vertical } = glyphs.frame;
  const line = horizontal.repeat(totalWidth(layout) + frameWidth - 2);
  const side = paint.frame(vertical);
  return [
    paint.frame(topLeft + line + topRight),
    ...lines.map((text) => `${side} ${text} ${side}`),
    paint.frame(bottomLeft + line + bottomRight),
  ];
}
