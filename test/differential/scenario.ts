import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** One command line, run on both directors. */
export interface Step {
  /** As typed into a shell. */
  readonly line: string;
  /** What our director does instead of what the reference does, where that is allowed. */
  readonly differs?: Difference;
}

/** A deliberate difference: its number in the list that the man page's DIFFERENCES gives, and our own outcome. */
export interface Difference {
  readonly number: number;
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Steps that start from an empty table and build on each other. */
export interface Scenario {
  readonly title: string;
  readonly steps: readonly Step[];
}

/**
 * Reads the scenarios of a folder, a file each for a theme. In a file, `#` begins a title, an empty line begins anew
 * with an empty table, and every other line is a step. Indented lines below a step say how ours differs: `differs N`,
 * `status N`, and any number of `stdout …` and `stderr …`. After a step that differs, the table is emptied too.
 */
export function readScenarios(folder: URL): Scenario[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .flatMap((name) => parseScenarios(basename(name, '.txt'), readFileSync(new URL(name, folder), 'utf8')));
}

/** The scenarios in the text of a file. */
export function parseScenarios(theme: string, text: string): Scenario[] {
  const scenarios: { title: string; steps: Step[] }[] = [];
  let title = theme;
  let open: Step[] | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) {
      title = `${theme}: ${line.slice(1).trim()}`;
      open = undefined;
    } else if (line === '') {
      open = undefined;
    } else if (line.startsWith(' ')) {
      const step = open?.pop();
      if (!step) throw new Error(`${theme}: nothing stands above «${line}»`);
      open?.push({ ...step, differs: amend(step.differs, line.trim()) });
    } else {
      if (!open) {
        open = [];
        scenarios.push({ title, steps: open });
      }
      open.push({ line });
    }
  }
  return scenarios;
}

function amend(differs: Difference | undefined, line: string): Difference {
  const found = differs ?? { number: 0, status: 0, stdout: '', stderr: '' };
  const [, key = '', value = ''] = /^(\w+) ?(.*)$/.exec(line) ?? [];
  switch (key) {
    case 'differs':
      return { ...found, number: Number(value) };
    case 'status':
      return { ...found, status: Number(value) };
    case 'stdout':
    case 'stderr':
      return { ...found, [key]: `${found[key]}${value}\n` };
    default:
      throw new Error(`not understood: ${line}`);
  }
}
