import type { Finding } from './finding.ts';
import { count, nameOfService } from './mend-commands.ts';

const width = 80;
/** How many services, servers and repairs of a finding a brief report has; of more, it tells the number. */
const shown = 5;

/** What a report is about, besides the findings. */
export interface Examined {
  readonly table: readonly unknown[];
  /** What could not be looked at: clauses. */
  readonly unseen: readonly string[];
}

/**
 * Puts findings into words. Lines are at most 80 columns long, but for commands, which are left whole. A brief report names
 * the first few services and servers of each finding, and has the first few repairs.
 */
export function report(
  findings: readonly Finding[],
  { table, unseen }: Examined,
  { isBrief }: { readonly isBrief: boolean },
): string {
  const most = isBrief ? shown : Number.POSITIVE_INFINITY;
  const blindness = unseen.map((clause) => wrap(`${clause}.`, 'Not looked at: ')).join('');
  if (findings.length === 0) {
    return `${blindness}Nothing found that is wrong with ${count(table.length, 'service')}.\n`;
  }
  const paragraphs = findings.map((finding, index) => paragraph(finding, index, most));
  return `${paragraphs.join('\n')}\n${blindness}${count(findings.length, 'finding')}.\n`;
}

function paragraph(
  { problem, services, subjects, evidence, mend }: Finding,
  index: number,
  most: number,
): string {
  const number = `${index + 1}. `;
  const indent = ' '.repeat(number.length);
  const heading = (word: string) => `${indent}${`${word}:`.padEnd(headingWidth)}`;
  const commands = mend.slice(0, most).flat();
  const omitted = mend.length - most;
  return [
    wrap(problem, number, indent),
    ...(services.length > 0
      ? [wrapWords(namesAsWords(services.map(nameOfService), most), heading('service'))]
      : []),
    ...(subjects ? [wrapWords(namesAsWords(subjects.names, most), heading(subjects.noun))] : []),
    wrap(`${evidence.join('; ')}.`, heading('seen')),
    ...commands.map(
      (command, at) => `${at === 0 ? heading('mend') : indent + ' '.repeat(headingWidth)}${command}\n`,
    ),
    ...(omitted > 0
      ? [wrap(`${count(omitted, 'repair')} like these, which --verbose prints`, heading('more'))]
      : []),
  ].join('');
}

/** Columns of `service:` and the other headings. */
const headingWidth = 10;

/** The first `most` names and how many others there are, as words that no line is broken in. */
function namesAsWords(names: readonly string[], most: number): string[] {
  const others = names.length - most;
  const few = names.slice(0, most);
  return [
    ...few.map((name, index) => (index < few.length - 1 ? `${name},` : name)),
    ...(others > 0 ? ['and', `${others} more`] : []),
  ];
}

/** Puts a text into lines as {@link wrapWords} does. */
function wrap(text: string, first: string, others?: string): string {
  return wrapWords(text.split(' '), first, others);
}

/** Puts words into lines, the first behind `first` and the others behind blanks. */
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
