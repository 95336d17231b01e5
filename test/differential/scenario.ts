import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** One command line, run on both directors. */
export interface Step {
  /** The command line as typed in a shell. */
  readonly line: string;
  /** Expected outcome of ours where it may differ from the reference. */
  readonly differs?: Difference;
}

/** A deliberate difference: its number in the list under DIFFERENCES in the man page, and our outcome. */
export interface Difference {
  readonly number: number;
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A sequence of steps that starts with an empty table; each step builds on those before. */
export interface Scenario {
  readonly title: string;
  readonly steps: readonly Step[];
}

/**
 * Reads the scenarios of a folder, which has a file per topic. In a file, `#` begins a title, an empty line starts a new scenario
 * with an empty table, and every other line is a step. Indented lines after a step specify how ours differs: `differs N`,
 * `status N`, and any number of `stdout …` and `stderr …`. After such a step, the table is emptied, too.
 */
export function readScenarios(folder: URL): Scenario[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .flatMap((name) => parseScenarios(basename(name, '.txt'), readFileSync(new URL(name, folder), 'utf8')));
}

/** Parses the scenarios in the text of a file. */
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
      if (!step) throw new Error(`${theme}: no command line precedes "${line}"`);
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
      throw new Error(`unknown keyword: ${line}`);
  }
}
