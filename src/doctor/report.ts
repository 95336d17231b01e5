import type { ServiceId } from '../ipvs/model.ts';
import type { Finding } from './finding.ts';
import { nameOfService } from './words.ts';

const width = 80;
/** So many services are named; of more, the number is told. */
const namedServices = 5;

/** Findings in words. Lines are at most 80 columns long, but for commands, which are left whole. */
export function report(findings: readonly Finding[], serviceCount: number): string {
  if (findings.length === 0) return `Nothing found that is wrong with ${count(serviceCount, 'service')}.\n`;
  return `${findings.map(paragraph).join('\n')}\n${count(findings.length, 'finding')}.\n`;
}

function paragraph({ problem, services, evidence, mend }: Finding, index: number): string {
  const number = `${index + 1}. `;
  const indent = ' '.repeat(number.length);
  return [
    wrap(problem, number, indent),
    wrap(namesOf(services), `${indent}service:  `),
    wrap(`${evidence.join('; ')}.`, `${indent}seen:     `),
    ...mend.map((command, at) => `${indent}${at === 0 ? 'mend:     ' : '          '}${command}\n`),
  ].join('');
}

function namesOf(services: readonly ServiceId[]): string {
  const named = services.slice(0, namedServices).map(nameOfService);
  const others = services.length - named.length;
  return `${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}

/** Lines of words, the first behind `first` and the others behind blanks. */
function wrap(text: string, first: string, others = ' '.repeat(first.length)): string {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
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

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
