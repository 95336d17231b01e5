import type { CommandName } from '../../../src/rules/command.ts';
import { numericOnly } from '../../../src/rules/names.ts';
import { commands } from '../../../src/rules/option-table/commands.ts';
import {
  findLong,
  type OptionName,
  optionRows,
  type Spelling,
} from '../../../src/rules/option-table/table.ts';
import { parseCommand } from '../../../src/rules/parse.ts';
import { isShared } from '../allowed.ts';
import type { Step } from '../step.ts';
import { goodArgument, randomTarget, type Target } from './arguments.ts';
import { mutated } from './mutations.ts';
import type { Random } from './random.ts';
import { type Item, spell } from './spelling.ts';

/** Relative frequency of each command, after the first few, which create services and servers to work on. */
const commandWeights: readonly (readonly [number, CommandName])[] = [
  [5, 'add-service'],
  [3, 'edit-service'],
  [2, 'delete-service'],
  [8, 'add-server'],
  [4, 'edit-server'],
  [2, 'delete-server'],
  [10, 'list'],
  [4, 'save'],
  [2, 'zero'],
  [1, 'flush'],
  [1, 'restore'],
  [1, 'set'],
  [0.3, 'start-daemon'],
  [0.3, 'stop-daemon'],
  [0.2, 'help'],
  [0.2, 'version'],
];

/** Share of command lines that are made faulty on purpose. */
const mutationShare = 0.25;

/** Generates a few command lines for an empty director, most of them legal and about the same few services and servers. */
export function makeSequence(random: Random): Step[] {
  const targets = [randomTarget(random), randomTarget(random)];
  const target = () => (random.chance(0.85) ? random.pick(targets) : randomTarget(random));
  const [first = target()] = targets;
  const steps = [legalStep('add-service', first, random)];
  for (let servers = random.below(3); servers > 0; servers--)
    steps.push(legalStep('add-server', first, random));
  for (let more = 1 + random.below(5); more > 0; more--) {
    const command = random.weighted(commandWeights);
    if (command === 'restore') steps.push(restoreStep(targets, random));
    else if (random.chance(mutationShare))
      steps.push(step(mutated(items(command, target(), random), random), random));
    else steps.push(legalStep(command, target(), random));
  }
  return steps;
}

function legalStep(command: CommandName, target: Target, random: Random): Step {
  return step(items(command, target, random), random);
}

function step(items: readonly Item[], random: Random): Step {
  return { words: spell(items, random) };
}

/** Commands that are allowed in a rule file and change something. */
const ruleCommands: readonly CommandName[] = [
  'add-service',
  'edit-service',
  'delete-service',
  'add-server',
  'add-server',
  'edit-server',
  'delete-server',
  'zero',
];

/** Generates a rule file of valid commands only: about other lines, ours prints messages that the reference does not have. */
function restoreStep(targets: readonly Target[], random: Random): Step {
  const lines: string[] = [];
  for (let wanted = 1 + random.below(5); wanted > 0; wanted--) {
    const { words } = legalStep(random.pick(ruleCommands), random.pick(targets), random);
    if (words.every((word) => /^\S+$/.test(word)) && isCommand(words)) lines.push(words.join(' '));
  }
  return { words: ['-R'], input: lines.map((line) => `${line}\n`).join('') };
}

function isCommand(words: readonly string[]): boolean {
  try {
    parseCommand(words, numericOnly);
    return true;
  } catch {
    return false;
  }
}

/** Generates the parts of one command line, which is legal if its arguments fit. */
function items(command: CommandName, target: Target, random: Random): Item[] {
  const spelling = random.pick<Spelling>(commands.filter((row) => row.command === command));
  const operands = command === 'set' ? [timeout(random), timeout(random), timeout(random)] : [];
  return [
    { spelling, ...(spelling.argument && { argument: goodArgument(spelling.long, target, random) }) },
    ...options(command, target, random),
    ...operands,
  ];
}

function timeout(random: Random): string {
  return random.pick(['0', '1', '60', '120', '900', '86400', '2678400']);
}

/** Probability of an option where the command allows it; {@link usualLikelihood} for all others. */
const likelihoods: Partial<Record<OptionName, number>> = {
  numeric: 0.75,
  'service-address': 0.25,
  scheduler: 0.8,
  'forwarding-method': 0.8,
  weight: 0.5,
  'mcast-interface': 0.95,
  ipv6: 0.02,
  sort: 0.05,
};
const usualLikelihood = 0.15;

/** Options that {@link options} has chosen so far. */
type Chosen = ReadonlyMap<OptionName, Item>;

/** Conditions without which an option is refused; in one of twenty cases it is given nevertheless. */
const conditions: Partial<Record<OptionName, (target: Target, chosen: Chosen) => boolean>> = {
  ops: ({ option }) => option === 'udp-service',
  pe: ({ option }, chosen) => option === 'udp-service' && chosen.has('persistent'),
  netmask: (_target, chosen) => chosen.has('persistent'),
  'sched-flags': (_target, chosen) => ['sh', 'mh'].includes(argumentOf(chosen, 'scheduler') ?? ''),
  'tun-type': (_target, chosen) => longOf(chosen, 'forwarding-method') === 'ipip',
  'tun-port': (_target, chosen) => argumentOf(chosen, 'tun-type') === 'gue',
  'tun-nocsum': (_target, chosen) => ['gue', 'gre'].includes(argumentOf(chosen, 'tun-type') ?? ''),
  'tun-csum': (_target, chosen) => ['gue', 'gre'].includes(argumentOf(chosen, 'tun-type') ?? ''),
  'tun-remcsum': (_target, chosen) => argumentOf(chosen, 'tun-type') === 'gue',
};

/** Options that exclude each other in a listing. */
const contents: readonly OptionName[] = [
  'connection',
  'timeout',
  'daemon',
  'stats',
  'rate',
  'thresholds',
  'persistent-conn',
  'tun-info',
];

function options(command: CommandName, target: Target, random: Random): Item[] {
  const chosen = new Map<OptionName, Item>();
  const content = command === 'list' ? random.pick([undefined, ...contents]) : undefined;
  for (const { name, requiredBy, allowedWith, spellings: known } of optionRows) {
    const required = requiredBy.includes(command);
    const allowed = allowedWith === 'any' || allowedWith.includes(command);
    if (!required && !allowed) continue;
    const likelihood = contents.includes(name)
      ? Number(name === content || random.chance(0.03))
      : (likelihoods[name] ?? usualLikelihood);
    const fits = conditions[name]?.(target, chosen) ?? true;
    if (!required && !random.chance(fits ? (name in conditions && fits ? 0.5 : likelihood) : 0.01)) continue;
    const usable = known.filter(isShared);
    if (usable.length > 0) chosen.set(name, option(random.pick(usable), target, random));
  }
  const service = chosen.get('service-address');
  chosen.delete('service-address');
  return [...(service ? serviceItems(target) : []), ...random.shuffled([...chosen.values()])];
}

/** Returns the service's options. They come first, because the reference parses server and netmask according to them. */
function serviceItems({ option, text, family }: Target): Item[] {
  const spelling = spellingOf(option);
  const mark = option === 'fwmark-service' && family === 'inet6';
  return [{ spelling, argument: text }, ...(mark ? [{ spelling: spellingOf('ipv6') }] : [])];
}

function option(spelling: Spelling, target: Target, random: Random): Item {
  const { argument } = spelling;
  if (!argument || (argument !== 'required' && random.chance(0.3))) return { spelling };
  return { spelling, argument: goodArgument(spelling.long, target, random) };
}

function spellingOf(long: string): Spelling {
  const found = findLong(long)?.spelling;
  if (!found) throw new RangeError(`there is no option --${long}`);
  return found;
}

function argumentOf(chosen: Chosen, name: OptionName): string | undefined {
  const item = chosen.get(name);
  return typeof item === 'object' ? item.argument : undefined;
}

function longOf(chosen: Chosen, name: OptionName): string | undefined {
  const item = chosen.get(name);
  return typeof item === 'object' ? item.spelling.long : undefined;
}
