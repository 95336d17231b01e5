import { visibleLines } from '../platform/visible.ts';
import { counted } from '../rules/counted.ts';
import type { Finding } from './finding.ts';
import { nameOfService } from './repair-commands.ts';

const width = 80;
/** Maximum number of services, servers and repairs that a brief report lists for each finding; the others are counted. */
const maxShown = 5;

/** The parts of the examined system that a report mentions besides the findings. */
export interface Examined {
  readonly table: readonly unknown[];
  /** Clauses that name what could not be read. */
  readonly unreadable: readonly string[];
}

/**
 * Formats findings as text. Lines have at most 80 columns, except commands, which are never wrapped. A brief report lists only
 * the first few services, servers and repairs of each finding. Invisible characters of names are escaped.
 */
export function report(
  findings: readonly Finding[],
  { table, unreadable }: Examined,
  { isBrief }: { readonly isBrief: boolean },
): string {
  const max = isBrief ? maxShown : Number.POSITIVE_INFINITY;
  const unreadableText = unreadable.map((clause) => wrap(`${clause}.`, 'Not examined: ')).join('');
  if (findings.length === 0) {
    return visibleLines(`${unreadableText}No problems found with ${counted(table.length, 'service')}.\n`);
  }
  const paragraphs = findings.map((finding, index) => paragraph(finding, index, max));
  return visibleLines(`${paragraphs.join('\n')}\n${unreadableText}${counted(findings.length, 'finding')}.\n`);
}

function paragraph(
  { problem, services, subjects, evidence, repairs }: Finding,
  index: number,
  max: number,
): string {
  const number = `${index + 1}. `;
  const indent = ' '.repeat(number.length);
  const heading = (word: string) => `${indent}${`${word}:`.padEnd(headingWidth)}`;
  const commands = repairs.slice(0, max).flat();
  const omitted = repairs.length - max;
  return [
    wrap(problem, number, indent),
    ...(services.length > 0
      ? [wrapWords(namesAsWords(services.map(nameOfService), max), heading('service'))]
      : []),
    ...(subjects ? [wrapWords(namesAsWords(subjects.names, max), heading(subjects.noun))] : []),
    wrap(`${evidence.join('; ')}.`, heading('why')),
    ...commands.map(
      (command, at) => `${at === 0 ? heading('fix') : indent + ' '.repeat(headingWidth)}${command}\n`,
    ),
    ...(omitted > 0
      ? [wrap(`${counted(omitted, 'repair')} like these; show them with --verbose`, heading('more'))]
      : []),
  ].join('');
}

/** Width of `service:` and the other headings, in columns. */
const headingWidth = 10;

/** Returns the first `max` names and the number of the others, as words between which lines may break. */
function namesAsWords(names: readonly string[], max: number): string[] {
  const others = names.length - max;
  const few = names.slice(0, max);
  return [
    ...few.map((name, index) => (index < few.length - 1 ? `${name},` : name)),
    ...(others > 0 ? ['and', `${others} more`] : []),
  ];
}

/** Wraps a text as {@link wrapWords} does. */
function wrap(text: string, first: string, others?: string): string {
  return wrapWords(text.split(' '), first, others);
}

/** Wraps words into lines; the first line begins with `first`, the following ones with `others`. */
function wrapWords(words: readonly string[], first: string, others = ' '.repeat(first.length)): string {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of words) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = others;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return `${[...lines, line].join('\n')}\n`;
}
