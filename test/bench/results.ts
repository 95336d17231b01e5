/** The cost of a piece of work for a program. */
export interface Cost {
  /** Milliseconds from start to end, and computed in the program itself if that can be measured. */
  readonly wall: number;
  readonly own: number | undefined;
  /** Peak memory in MB; absent if not measured. */
  readonly megabytes?: number;
}

/** A piece of work, and its cost for each program. */
export interface Result {
  readonly title: string;
  /** Required ratio of the reference's wall time to ours. */
  readonly target: number | undefined;
  readonly floor: { readonly name: string; readonly cost: Cost };
  readonly costs: readonly { readonly program: string; readonly cost: Cost }[];
}

/** All measurements of one run of the benchmark, which the guest writes as JSON. */
export interface Results {
  readonly kernel: string;
  /** Number of times that each piece of work was timed. */
  readonly runs: number;
  readonly results: readonly Result[];
}

/** Name of the file with {@link Results}, in the folder that guest and host share. */
export const resultsFile = 'results.json';

/** Date, tested revision and machine of a run. */
export interface Circumstances {
  readonly date: string;
  readonly revision: string;
  /** Number and model of the processors. */
  readonly machine: string;
}

/** Returns a dated section for `RESULTS.md`. */
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
