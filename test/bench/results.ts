/** What a piece of work cost a program. */
export interface Cost {
  /** Milliseconds from start to end, and computing in the program itself where that can be told. */
  readonly wall: number;
  readonly own: number | undefined;
  /** Most memory that it held at a time, in MB; absent where nobody looked. */
  readonly megabytes?: number;
}

/** A piece of work, and what it cost each program. */
export interface Result {
  readonly title: string;
  /** Reference ÷ ours, of wall time, to be reached. */
  readonly target: number | undefined;
  readonly floor: { readonly name: string; readonly cost: Cost };
  readonly costs: readonly { readonly program: string; readonly cost: Cost }[];
}

/** All that one run of the benchmark measured; the guest hands it out as JSON. */
export interface Results {
  readonly kernel: string;
  /** How many times each piece of work was timed. */
  readonly runs: number;
  readonly results: readonly Result[];
}

/** Where the guest puts {@link Results}, in the folder that it and the host see. */
export const resultsFile = 'results.json';

/** Facts about where and of what a run was made. */
export interface Circumstances {
  readonly date: string;
  readonly revision: string;
  /** The machine's class: processor and how many of them. */
  readonly machine: string;
}

/** A dated section of `RESULTS.md`. */
export function resultsSection({ kernel, runs, results }: Results, about: Circumstances): string {
  const programs = results[0]?.costs.map(({ program }) => program) ?? [];
  const titles = [
    'work',
    ...programs.flatMap((name) => [`${name}: own`, 'wall']),
    'floor: own',
    'wall',
    'of',
  ];
  const rows = results.map(({ title, costs, floor }) => [
    title,
    ...costs.flatMap(({ cost }) => [milliseconds(cost.own), milliseconds(cost.wall)]),
    milliseconds(floor.cost.own),
    milliseconds(floor.cost.wall),
    `\`${floor.name}\``,
  ]);
  const rule = titles.map((_, index) => (index === 0 || index === titles.length - 1 ? '---' : '---:'));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return `
## ${about.date}, revision ${about.revision}

Linux ${kernel} on ${about.machine}; milliseconds, of ${runs} runs or more.

${[titles, rule, ...rows].map(line).join('\n')}
`;
}

function milliseconds(value: number | undefined): string {
  if (value === undefined) return '–';
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}
