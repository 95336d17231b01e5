import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { readTable, servicesOf, type Table, wordOf } from './table.ts';

/** Milliseconds between two polls of all tables. */
const pause = 4;

/** Records every table seen on the directors. */
export class Recorder {
  readonly #names: readonly string[];
  readonly #worker: Worker;
  /** Number of polls so far. */
  looks = 0;

  /** @param processes a process ID in each director's network namespace, by the director's name */
  constructor(processes: ReadonlyMap<string, number>) {
    this.#names = [...processes.keys()];
    this.#worker = new Worker(new URL('recorder.js', import.meta.url), {
      workerData: { pids: [...processes.values()], pause },
      execArgv: [],
    });
  }

  /** Returns the tables of each director that are new since the last call, in order; the last one is the current table. */
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
 * Returns the faults in a director's tables, which are in order: the last one must be the table of a revision, and in each one
 * between two such tables, every service that takes connections in both must have a server that does.
 *
 * @param named tables of the published revisions, as {@link wordOf} writes them
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

/** Returns a fault for each service that has a server for connections before and after, but none in the table between. */
function gaps(before: Table, between: Table, after: Table): string[] {
  const later = servicesOf(after);
  const now = servicesOf(between);
  return [...servicesOf(before)].flatMap(([service, takes]) => {
    if (!takes || later.get(service) !== true || now.get(service) === true) return [];
    return [`${service} has no server that takes connections: ${wordOf(between)}`];
  });
}
