import type { Cell, Row } from './rows.ts';
import type { Paint } from './theme.ts';

/** Returns the lines of a row's name in the colour of the row. */
export function paintName({ name, tone }: Row, paint: Paint): string[] {
  return name.map((line) => (tone ? paint[tone](line) : line));
}

/** Returns the text of a cell in its colour; every cell of an idle row has the colour of the row. */
export function paintCell({ text, tone }: Cell, row: Row, paint: Paint): string {
  const painter = row.tone === 'idle' ? 'idle' : tone;
  return painter ? paint[painter](text) : text;
}
