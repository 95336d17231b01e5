import { allSpellings } from '../../../src/rules/option-table/table.ts';
import { isShared } from '../allowed.ts';
import { badArgument, goodArgument, randomTarget } from './arguments.ts';
import type { Random } from './random.ts';
import type { Item } from './spelling.ts';

type Mutation = (items: readonly Item[], random: Random) => Item[];

const both = allSpellings.map(({ spelling }) => spelling).filter(isShared);

/** Mutations that make a command line faulty. */
const mutations: readonly (readonly [weight: number, mutation: Mutation])[] = [
  [3, (items, random) => items.toSpliced(random.below(items.length), 1)],
  [2, (items, random) => inserted(items, random.pick(items), random)],
  [1, (items, random) => random.shuffled(items)],
  [4, (items, random) => inserted(items, anyItem(random), random)],
  [4, withBadArgument],
  [1, withoutArgument],
  [1, (items, random) => inserted(items, badArgument(random), random)],
  [1, (items, random) => inserted(items, unknownOption(random), random)],
];

/** Applies one or two random mutations to a command line, which is then faulty or at least unusual. */
export function mutated(items: readonly Item[], random: Random): Item[] {
  let result = [...items];
  for (let rounds = random.chance(0.2) ? 2 : 1; rounds > 0 && result.length > 0; rounds--)
    result = random.weighted(mutations)(result, random);
  return result;
}

/** Inserts an item, mostly after the command: otherwise the misplaced command would be the only fault reported. */
function inserted(items: readonly Item[], item: Item, random: Random): Item[] {
  const at = random.chance(0.95) ? 1 + random.below(items.length) : 0;
  return items.toSpliced(at, 0, item);
}

function anyItem(random: Random): Item {
  const spelling = random.pick(both);
  const { argument } = spelling;
  if (!argument || (argument !== 'required' && random.chance(0.5))) return { spelling };
  return { spelling, argument: goodArgument(spelling.long, randomTarget(random), random) };
}

function withBadArgument(items: readonly Item[], random: Random): Item[] {
  return changed(items, random, (item) =>
    typeof item === 'string' ? badArgument(random) : { ...item, argument: badArgument(random) },
  );
}

function withoutArgument(items: readonly Item[], random: Random): Item[] {
  return changed(items, random, (item) => (typeof item === 'string' ? item : { spelling: item.spelling }));
}

/** Changes a random item that has an argument or is a plain word, if there is any. */
function changed(items: readonly Item[], random: Random, change: (item: Item) => Item): Item[] {
  const candidates = items.filter((item) => typeof item === 'string' || item.argument !== undefined);
  if (candidates.length === 0) return [...items];
  const chosen = random.pick(candidates);
  return items.map((item) => (item === chosen ? change(item) : item));
}

/** Returns an option that does not exist, or an existing one truncated or extended. */
function unknownOption(random: Random): string {
  const { long } = random.pick(both);
  return random.pick([
    '--foo',
    '-k',
    '-',
    '--',
    `--${long.slice(0, -1)}`,
    `--${long}x`,
    `-${long}`,
    '--=',
    '-=x',
  ]);
}
