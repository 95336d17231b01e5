import type { Spelling } from '../../../src/rules/option-table/table.ts';
import type { Random } from './random.ts';

/** An option, or a command, with its argument; or a word that is neither. */
export type Item = { readonly spelling: Spelling; readonly argument?: string } | string;

/** Converts items to the words of a command line, in a randomly chosen one of the possible spellings. */
export function spell(items: readonly Item[], random: Random): string[] {
  const words: string[] = [];
  /** Whether the last word is a bundle of short options, to which another letter may be appended. */
  let joinable = false;
  for (const item of items) {
    if (typeof item === 'string') {
      words.push(item);
      joinable = false;
      continue;
    }
    const { spelling, argument } = item;
    const short = spelling.short !== undefined && random.chance(0.8);
    const name = short ? `-${spelling.short}` : `--${spelling.long}`;
    if (short && joinable && random.chance(0.5)) words.push(`${words.pop()}${spelling.short}`);
    else words.push(name);
    joinable = short && argument === undefined && spelling.argument === undefined;
    if (argument === undefined) continue;
    const glue = random.weighted([
      [6, ' '],
      [1, '='],
      [1, short ? '' : '='],
    ]);
    if (glue === ' ') words.push(argument);
    else words.push(`${words.pop()}${glue}${argument}`);
  }
  return words;
}
