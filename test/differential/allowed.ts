import { visible } from '../../src/platform/visible.ts';
import type { OptionName, Spelling } from '../../src/rules/option-table/table.ts';
import { type Event, scan } from '../../src/rules/popt-scanner.ts';
import type { Outcome } from './shell.ts';
import type { Step } from './step.ts';

/** Long names of options that only our ipvsadm has; these are not tried. */
const onlyOurs: ReadonlySet<string> = new Set([
  ...[
    'sync',
    'check',
    'dry-run',
    'exit-code',
    'wait',
    'drain',
    'keep',
    'allow-empty',
    'keep-weights',
    'max-removals',
    'min-servers',
    'only',
    'except',
  ],
  ...['json', 'all', 'table', 'watch', 'color', 'prometheus', 'output', 'top'],
  ...['doctor', 'verbose', 'expect'],
]);

/**
 * Converts a step for the reference: with difference 5, ours takes options in any order, while the reference requires some
 * before others, or parses them differently.
 */
export function forReference({ words, input }: Step): Step {
  return {
    words: isOutOfOrder(words) ? inOrder(words) : words,
    ...(input !== undefined && { input }),
  };
}

/** Returns whether two outcomes of a step agree, except for the differences listed under DIFFERENCES in the man page. */
export function agree(step: Step, ours: Outcome, reference: Outcome): boolean {
  // 9: ours escapes invisible characters in quoted words.
  if (same(ours, reference) || same(ours, { ...reference, stderr: visibleWords(reference.stderr, step) }))
    return true;
  switch (commandOf(step)) {
    case 'help':
    case 'version': // 1: each prints its own text
      return same(withoutText(ours), withoutText(reference));
    case 'save': // 2: ours writes more; 10: it warns of forwarding methods without an option; the reference writes (null) for one
      return same(
        { ...ours, stdout: asReferenceSaves(ours.stdout), stderr: withoutForeignMethods(ours.stderr) },
        { ...reference, stdout: reference.stdout.replaceAll(' (null) ', ' -g ') },
      );
    case 'list': // 10: the reference lists Bypass as (null)
      if (same(ours, { ...reference, stdout: reference.stdout.replaceAll(' (null)  ', ' Bypass  ') }))
        return true;
      break;
    case 'restore': // 8: the reference does not support comments; 3: ours reports every line that the kernel refused
      if (hasComment(step.input)) return isRefusal(reference);
      return ours.status === 255 && ours.stdout === '' && /^(line \d+: [^\n]*\n)+$/.test(ours.stderr);
  }
  // 5: with the words in another order, another fault may come first.
  if (isOutOfOrder(step.words)) return isRefusal(ours) && isRefusal(reference);
  // 7: the reference crashes.
  return reference.status > 128 && hasEmptyFlagList(step.words);
}

/** Returns whether both sides have an option. */
export function isShared({ long }: Spelling): boolean {
  return !onlyOurs.has(long);
}

/** Returns the command of a step. */
export function commandOf({ words }: Step): string | undefined {
  if (words.length === 0) return 'list';
  const [first] = scan(words).events;
  return first?.kind === 'command' ? first.spelling.command : undefined;
}

function same(one: Outcome, other: Outcome): boolean {
  return one.status === other.status && one.stdout === other.stdout && one.stderr === other.stderr;
}

function withoutText({ status, stdout, stderr }: Outcome): Outcome {
  return { status, stdout: stdout && 'text', stderr };
}

function withoutForeignMethods(text: string): string {
  return text.replace(/^\d+ servers? ha\w+ the forwarding method Local or Bypass, [^\n]*\n$/, '');
}

/** Converts saved rules to the reference's form: without what it omits, and with its signed firewall marks. */
function asReferenceSaves(table: string): string {
  return table
    .replace(/^(-a .*?)( -x \d+)?( -y \d+)?( --tun-type .*)?$/gm, '$1$4')
    .replace(/(?<=^-A .* -s [sm]h .*-b .*),?flag-3$/gm, '')
    .replace(/(?<=^-[Aa] -f )\d+/gm, (mark) => String(Number(mark) | 0));
}

/** Options that the reference requires before certain others. */
const early: readonly (readonly [OptionName, before: readonly OptionName[]])[] = [
  ['service-address', ['real-server', 'netmask', 'ipv6']],
  ['ipv6', ['netmask']],
];

function isOutOfOrder(words: readonly string[]): boolean {
  const options = scan(words).events.map(optionOf);
  return early.some(([option, before]) =>
    options.slice(0, options.lastIndexOf(option) + 1).some((other) => other && before.includes(other)),
  );
}

/** Reorders words so that the options in {@link early} follow the command directly. */
function inOrder(words: readonly string[]): string[] {
  const { events, operands } = scan(words);
  const [command, ...options] = events;
  const sorted = options.toSorted((a, b) => place(a) - place(b));
  return [...(command ? [command] : []), ...sorted].map(spelt).concat(operands);
}

function place(event: Event): number {
  const at = early.findIndex(([option]) => option === optionOf(event));
  return at < 0 ? early.length : at;
}

function spelt(event: Event): string {
  if (event.kind === 'unreadable') return event.word;
  const { spelling, text } = event;
  return text === undefined ? `--${spelling.long}` : `--${spelling.long}=${text}`;
}

function optionOf(event: Event): OptionName | undefined {
  return event.kind === 'option' ? event.row.name : undefined;
}

function isRefusal({ status }: Outcome): boolean {
  return status === 2 || status === 255;
}

/** Escapes the invisible characters in each line of a message, and the line feeds that come from the step's own words. */
function visibleWords(text: string, { words }: Step): string {
  const quoted = words.filter((word) => word.includes('\n'));
  const oneLined = quoted.reduce((result, word) => result.replaceAll(word, visible(word)), text);
  return oneLined.split('\n').map(visible).join('\n');
}

function hasComment(input = ''): boolean {
  return /(^|[ \t\r])#/m.test(input);
}

function hasEmptyFlagList(words: readonly string[]): boolean {
  return scan(words).events.some(
    (event) => optionOf(event) === 'sched-flags' && event.kind === 'option' && /^,*$/.test(event.text ?? ''),
  );
}
