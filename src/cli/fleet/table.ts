import { stripVTControlCharacters } from 'node:util';
import chalk, { Chalk, type ChalkInstance } from 'chalk';
import Table from 'cli-table3';
import { visible } from '../../platform/visible.ts';
import { borderless } from '../../view/borderless.ts';
import { displayWidth } from '../../view/display-width.ts';
import type { Output } from '../stdio/output.ts';
import { standardOutput, viewWidth, wantsColors } from '../stdio/terminal.ts';

/** Returns a function that colours text for standard output, or leaves it unchanged if colours are not wanted. */
export function painter(): ChalkInstance {
  return wantsColors(undefined, standardOutput())
    ? new Chalk({ level: Math.max(1, chalk.level) as 1 | 2 | 3 })
    : new Chalk({ level: 0 });
}

/** Draws a table with a heading, without lines between rows; the last column is wrapped to the width of the terminal. */
export function drawTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  paint: ChalkInstance,
): string {
  const widths = heading.map((title, column) =>
    Math.max(
      ...[title, ...rows.map((row) => row[column] ?? '')].flatMap((text) => text.split('\n')).map(widthOf),
    ),
  );
  const width = viewWidth(standardOutput());
  const others = widths.slice(0, -1).reduce((sum, one) => sum + one + 2, 0);
  const last = widths.at(-1) ?? 0;
  const table = new Table({
    head: heading.map((title) => paint.bold(title)),
    chars: borderless,
    style: { 'padding-left': 0, 'padding-right': 2, head: [], border: [] },
    colWidths: [
      ...widths.slice(0, -1).map((one) => one + 2),
      width === undefined ? last + 2 : Math.max(20, Math.min(last + 2, width - others)),
    ],
    wordWrap: true,
  });
  table.push(...rows.map((row) => [...row]));
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

function widthOf(line: string): number {
  return displayWidth(stripVTControlCharacters(line));
}

/** Returns a text from the store on one line, with control and invisible characters escaped. */
export function plainText(text: string): string {
  return visible(text.replaceAll('\n', ' '));
}

/** Returns a function that writes a sentence about the store on standard error at once. */
export function troubleWriter(err: Output): (sentence: string) => void {
  return (sentence) => {
    err.write(`${plainText(sentence)}\n`);
    err.flush();
  };
}
