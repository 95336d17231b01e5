import type { Cell, Row } from './rows.ts';
import type { Paint } from './theme.ts';

/** The lines of a row's name in its colour. */
export function paintName({ name, tone }: Row, paint: Paint): string[] {
  return name.map((line) => (tone ? paint[tone](line) : line));
}

/** A cell in its colour, or in that of a row that is not in use. */
export function paintCell({ text, tone }: Cell, row: Row, paint: Paint): string {
  const painter = row.tone === 'idle' ? 'idle' : tone;
  return painter ? paint[painter](text) : text;
}
