import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectFolder } from '../lab/project.ts';

/** A manual page in mdoc(7). */
export interface Page {
  readonly path: string;
  /** Name without section, such as `ipvsadm`. */
  readonly name: string;
  readonly lines: readonly string[];
}

/** An option in a list of the manual: `-s, --long argument`. */
export interface OptionItem {
  readonly short: string | undefined;
  readonly long: string;
  /** Words in the name of the argument; `undefined` without an argument. */
  readonly argument: readonly string[] | undefined;
  readonly isOptional: boolean;
}

/** All manual pages. */
export const pages: readonly Page[] = readdirSync(join(projectFolder, 'man'))
  .sort()
  .map((file) => {
    const path = join(projectFolder, 'man', file);
    return { path, name: basename(file, '.8'), lines: readFileSync(path, 'utf8').trimEnd().split('\n') };
  });

/** Returns the page with that name. */
export function page(name: string): Page {
  const found = pages.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`there is no page ${name}`);
  return found;
}

/** Returns the lines of a section; none if it does not exist. */
export function section({ lines }: Page, title: string): readonly string[] {
  const start = lines.indexOf(`.Sh ${title}`) + 1;
  const end = lines.findIndex((line, index) => index >= start && line.startsWith('.Sh '));
  return start === 0 ? [] : lines.slice(start, end < 0 ? undefined : end);
}

/** Returns the options and commands that the page lists. */
export function optionItems({ lines }: Page): OptionItem[] {
  return lines
    .filter((line) => /^\.It Fl (\S , Fl )?Fl /.test(line))
    .map((line) => {
      const [, short, long = '', rest = ''] = /^\.It Fl (?:(\S) , Fl )?Fl (\S+)(.*)$/.exec(line) ?? [];
      const argument = wordsIn(rest.replace(/\b(Op|Ns|Ar|Cm)\b/g, ''));
      const isOptional = /^( Ns)? Op\b/.test(rest);
      return { short, long, argument: argument.length ? argument : undefined, isOptional };
    });
}

/** Returns the lower-case words in the name of an argument. */
export function wordsIn(label: string): string[] {
  return label.match(/[a-z]+/g) ?? [];
}

/** Returns every option that the page mentions: `A`, `--stats`, and each letter of bundled options. */
export function optionsNamed({ lines }: Page): Set<string> {
  const named = new Set<string>();
  for (const line of lines.filter((candidate) => candidate.startsWith('.'))) {
    const words = line.slice(1).split(' ');
    for (let at = words.indexOf('Fl'); at >= 0; at = words.indexOf('Fl', at + 1)) {
      if (words[at + 1] === 'Fl') {
        named.add(`--${words[at + 2]}`);
        at++;
        continue;
      }
      for (const word of words.slice(at + 1)) {
        if (/^[A-Z][a-z]$/.test(word)) break;
        for (const letter of word.replace(/[^A-Za-z0-9]/g, '')) named.add(letter);
      }
    }
  }
  return named;
}

/** Returns the lines of literal displays; lines continued with a backslash are joined. */
export function literalLines({ lines }: Page): string[] {
  const found: string[] = [];
  let isLiteral = false;
  for (const line of lines) {
    if (line.startsWith('.Bd -literal')) isLiteral = true;
    else if (line === '.Ed') isLiteral = false;
    else if (isLiteral) found.push(line);
  }
  return found
    .join('\n')
    .replace(/\\e\n\s*/g, '')
    .split('\n');
}
