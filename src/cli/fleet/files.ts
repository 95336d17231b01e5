import { readFileSync, writeFileSync } from 'node:fs';
import { FleetError } from '../../fleet/fleet-error.ts';
import { replaceFile } from '../../platform/replace-file.ts';
import { strerror } from '../../platform/strerror.ts';

/** Reads a small file that an option names. @throws {FleetError} */
export function readNamed(file: string): Buffer {
  return explainingErrors(`cannot read ${file}`, () => readFileSync(file));
}

/** Makes a file that is not there yet. @throws {FleetError} */
export function makeFile(file: string, text: string, mode: number): void {
  explainingErrors(`cannot make ${file}`, () => writeFileSync(file, text, { mode, flag: 'wx' }));
}

/** Does something with files; where the system refuses it, the error is a sentence that begins so. @throws {FleetError} */
export function explainingErrors<T>(beginning: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    if (!(error instanceof Error) || !('errno' in error) || typeof error.errno !== 'number') throw error;
    throw new FleetError(`${beginning}: ${strerror(Math.abs(error.errno))}`);
  }
}

/** Puts metrics into a file, which is never seen half written. @throws {FleetError} */
export function writeMetrics(file: string, text: Iterable<string>): void {
  try {
    replaceFile(file, text, { mode: 0o644 });
  } catch (error) {
    throw error instanceof Error ? new FleetError(error.message) : error;
  }
}
