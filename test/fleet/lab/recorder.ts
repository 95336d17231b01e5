import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { readTable, servicesOf, type Table, wordOf } from './table.ts';

/** Milliseconds between two looks at all tables. */
const pause = 4;

/** Records every table that directors are seen to have. */
export class Recorder {
  readonly #names: readonly string[];
  readonly #worker: Worker;
  /** Number of looks so far. */
  looks = 0;

  /** @param processes process numbers, by the name of the director in whose network namespace they are */
  constructor(processes: ReadonlyMap<string, number>) {
    this.#names = [...processes.keys()];
    this.#worker = new Worker(new URL('recorder.js', import.meta.url), {
      workerData: { pids: [...processes.values()], pause },
      execArgv: [],
    });
  }

  /** Gives what each director had since the last time, in order; the last one is what it has now. */
  async take(): Promise<ReadonlyMap<string, readonly Table[]>> {
    this.#worker.postMessage('take');
    const [{ seen, looks }] = (await once(this.#worker, 'message')) as [
      { readonly seen: readonly { readonly index: number; readonly text: string }[]; readonly looks: number },
    ];
    this.looks += looks;
    return new Map(
      this.#names.map((name, index) => [
        name,
        seen.filter((one) => one.index === index).map(({ text }) => readTable(text)),
      ]),
    );
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/**
 * Says what is wrong with the tables that a director had, one after the other: the last one must be one of those that revisions
 * name, and in all that came between two such tables, each service of both must have a server that takes connections.
 *
 * @param named the tables that revisions name, by {@link wordOf}
 */
export function faultsOf(tables: readonly Table[], named: ReadonlySet<string>): string[] {
  const faults: string[] = [];
  let rest: Table | undefined;
  let between: Table[] = [];
  for (const table of tables) {
    if (!named.has(wordOf(table))) {
      between.push(table);
      continue;
    }
    if (rest) faults.push(...between.flatMap((one) => gaps(rest as Table, one, table)));
    rest = table;
    between = [];
  }
  if (between.length > 0)
    faults.push(`at rest with a table that no revision names: ${wordOf(between.at(-1) as Table)}`);
  return faults;
}

/** Services of two tables that have no server that takes connections in one between. */
function gaps(before: Table, between: Table, after: Table): string[] {
  const later = servicesOf(after);
  const now = servicesOf(between);
  return [...servicesOf(before)].flatMap(([service, takes]) => {
    if (!takes || later.get(service) !== true || now.get(service) === true) return [];
    return [`${service} has no server that takes connections: ${wordOf(between)}`];
  });
}
