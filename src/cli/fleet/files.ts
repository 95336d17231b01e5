import { readFileSync, writeFileSync } from 'node:fs';
import { FleetError } from '../../fleet/fleet-error.ts';
import { errnoOf } from '../../platform/errors.ts';
import { replaceFile } from '../../platform/replace-file.ts';
import { strerror } from '../../platform/strerror.ts';

/** Reads a small file named by an option. @throws {FleetError} */
export function readNamed(file: string): Buffer {
  return explainingErrors(`cannot read ${file}`, () => readFileSync(file));
}

/** Creates a file that must not exist yet. @throws {FleetError} */
export function makeFile(file: string, text: string, mode: number): void {
  explainingErrors(`cannot make ${file}`, () => writeFileSync(file, text, { mode, flag: 'wx' }));
}

/** Runs a task on files; reports a system error as a sentence with the given beginning. @throws {FleetError} */
export function explainingErrors<T>(beginning: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new FleetError(`${beginning}: ${strerror(errno)}`);
  }
}

/** Writes metrics to a file atomically: nobody reads a partial file. @throws {FleetError} */
export function writeMetrics(file: string, text: Iterable<string>): void {
  try {
    replaceFile(file, text, { mode: 0o644 });
  } catch (error) {
    throw error instanceof Error ? new FleetError(error.message) : error;
  }
}
