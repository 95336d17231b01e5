import { AsyncResource } from 'node:async_hooks';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type KernelName, kernelNames } from './backends/backend.ts';
import { fullKernel } from './backends/choose.ts';
import { decodeEvents, type GuestTest } from './guest-events.ts';
import { runInLab } from './lab.ts';
import { emulates, nodeWithTypeScript } from './project.ts';
import { LabUnavailable } from './unavailable.ts';

/** Special requirements of a suite. */
export interface SuiteNeeds {
  /** Fetches programs into the lab's cache, as the lab has no network. */
  readonly fetch?: (() => Promise<unknown>) | undefined;
  /** The memory of the lab's machine. */
  readonly memory?: string | undefined;
  /** Why User-mode Linux is not enough: by default, the suite then runs on another kernel. */
  readonly notUml?: string | undefined;
}

/**
 * Declares a suite of tests that need a kernel with IPVS. The file is run in the lab, and each of its tests is reported
 * here with its result from there; inside the lab, this is `describe`.
 *
 * Without a lab, the suite is one skipped test, with the reason, or a failing one if `CI` or `IPVSADM_LAB_REQUIRED` is
 * set. `IPVSADM_LAB_KERNELS` lists the kernels to run on (`uml,6.1`); `IPVSADM_LAB_TIME_LIMIT` is the number of seconds
 * that a file may take (600, on an emulated kernel 3600).
 */
export function kernelSuite(
  importMetaUrl: string,
  name: string,
  define: () => void,
  needs: SuiteNeeds = {},
): void {
  if (process.env.IPVSADM_LAB) {
    describe(name, define);
    return;
  }
  for (const kernel of wantedKernels()) {
    if (kernel === 'uml' && needs.notUml !== undefined) {
      it(`${name} (uml)`, { skip: needs.notUml }, () => {});
      continue;
    }
    const title = kernel ? `${name} (${kernel})` : name;
    describe(title, async () => {
      // Runs are shared and wait for each other: tests declared after one would otherwise not count as part of this suite.
      const inSuite = new AsyncResource('kernelSuite');
      const ended = await runFile(importMetaUrl, kernel, needs).catch((error: unknown) => ({ error }));
      inSuite.runInAsyncScope(() => ('error' in ended ? reportNoLab(ended.error) : replay(name, ended)));
    });
  }
}

function wantedKernels(): (KernelName | undefined)[] {
  const list = process.env.IPVSADM_LAB_KERNELS;
  if (!list) return [undefined];
  return list.split(',').map((name) => {
    const kernel = kernelNames.find((candidate) => candidate === name);
    if (!kernel)
      throw new Error(`IPVSADM_LAB_KERNELS: there is no kernel ${name} (${kernelNames.join(', ')})`);
    return kernel;
  });
}

interface FileRun {
  readonly tests: readonly GuestTest[];
  /** The output of the tests, and how the guest ended. */
  readonly transcript: string;
}

const runs = new Map<string, Promise<FileRun>>();
let last: Promise<unknown> = Promise.resolve();

/** Runs a test file in the lab, once for all its suites; runs follow one after the other. */
function runFile(url: string, kernel: KernelName | undefined, needs: SuiteNeeds): Promise<FileRun> {
  const key = `${kernel} ${url}`;
  const run = runs.get(key) ?? last.then(() => startFile(url, kernel, needs));
  runs.set(key, run);
  last = run.catch(() => {}); // the caller of that run gets its error
  return run;
}

async function startFile(
  url: string,
  kernel: KernelName | undefined,
  { fetch, memory, notUml }: SuiteNeeds,
): Promise<FileRun> {
  await fetch?.();
  const timeLimit = Number(process.env.IPVSADM_LAB_TIME_LIMIT ?? (emulates(kernel ?? '') ? 3600 : 600));
  const reporter = new URL('guest-reporter.ts', import.meta.url).href;
  const reporting = [`--test-reporter=${reporter}`, '--test-reporter-destination=stdout'];
  const env = Object.fromEntries(Object.entries(process.env).filter(isForTests));
  const end = await runInLab([...nodeWithTypeScript, ...reporting, fileURLToPath(url)], {
    kernel: kernel ?? (notUml === undefined ? undefined : await fullKernel()),
    timeLimit,
    env,
    memory,
  });
  const { tests, unfinished, output } = decodeEvents(end.stdout);
  const how = end.timedOut ? `was killed after ${timeLimit} seconds` : `ended with exit code ${end.code}`;
  const where = unfinished.length > 0 ? ` in "${unfinished.join(' > ')}"` : '';
  return {
    tests,
    transcript: `${output}${end.stderr}The guest ${how}${where}.\n${end.timedOut ? end.console : ''}`,
  };
}

function isForTests(entry: [string, string | undefined]): entry is [string, string] {
  return entry[0].startsWith('IPVSADM_') && !entry[0].startsWith('IPVSADM_LAB');
}

function replay(name: string, { tests, transcript }: FileRun): void {
  const suite = tests.find((test) => test.suite && test.name === name);
  if (suite) replaySuite(suite);
  else it('runs in the lab', () => fail('The guest ended before the suite did.', transcript));
  if (suite && hasFailed(suite)) process.stdout.write(transcript);
}

function replaySuite({ children, error }: GuestTest): void {
  for (const child of children) {
    if (child.suite) describe(child.name, () => replaySuite(child));
    else replayTest(child);
  }
  // The hooks of a suite can fail though none of its tests does.
  if (error && !children.some(hasFailed)) it('hooks', () => fail(error.message, error.stack));
}

function replayTest({ name, skip, todo, error, diagnostics, children }: GuestTest): void {
  it(name, { skip, todo }, async (context) => {
    for (const message of diagnostics) context.diagnostic(message);
    for (const child of children)
      await context.test(child.name, { skip: child.skip, todo: child.todo }, () => {
        if (child.error) fail(child.error.message, child.error.stack);
      });
    if (error) fail(error.message, error.stack);
  });
}

function hasFailed({ error, children }: GuestTest): boolean {
  return error !== undefined || children.some(hasFailed);
}

/** Throws an error with the guest's stack, which shows where the test failed there. */
function fail(message: string, stack: string): never {
  const error = new Error(message);
  error.stack = stack;
  throw error;
}

function reportNoLab(error: unknown): void {
  const required = process.env.CI || process.env.IPVSADM_LAB_REQUIRED;
  const skip = error instanceof LabUnavailable && !required ? error.message : false;
  it('runs in the lab', { skip }, () => {
    throw error;
  });
}
