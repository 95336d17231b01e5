import { InvalidArgumentError, Option } from 'commander';
import { tool } from '../packaging/tool.ts';
import { kernelNames } from './lab/backends/backend.ts';
import { type Build, builds } from './lab/project.ts';
import { hasTraffic, runTestFiles, testFiles } from './test-files.ts';

const command = tool(
  'npm test --',
  'Runs the tests. Without patterns, it skips *.traffic.test.ts, which take several minutes more.',
)
  .argument('[pattern...]', 'run only test files whose path contains one of these')
  .addOption(new Option('--build <name>', 'test only this build').choices(builds))
  .option(
    '--kernel <names>',
    `run kernel tests on each of these kernels, comma-separated: ${kernelNames.join(',')}`,
    kernelList,
  )
  .action(async (patterns: readonly string[], { build, kernel }: Options) => {
    process.exitCode = await runTestFiles(process.execPath, filesOf(patterns), {
      ...process.env,
      ...(kernel && { IPVSADM_LAB_KERNELS: kernel }),
      ...(build && { IPVSADM_BUILD: build }),
    });
  });
await command.parseAsync();

interface Options {
  readonly build?: Build;
  readonly kernel?: string;
}

/** Validates a comma-separated list of kernels. @throws {InvalidArgumentError} */
function kernelList(word: string): string {
  const unknown = word.split(',').find((name) => !kernelNames.some((known) => known === name));
  if (unknown === undefined) return word;
  throw new InvalidArgumentError(`There is no kernel ${unknown}.`);
}

/** Returns the test files whose path contains one of the patterns; without patterns, all except those with traffic. */
function filesOf(patterns: readonly string[]): string[] {
  const all = testFiles();
  const unmatched = patterns.find((pattern) => !all.some((file) => file.includes(pattern)));
  if (unmatched !== undefined) command.error(`error: no test file's path contains ${unmatched}`);
  if (patterns.length === 0) return all.filter((file) => !hasTraffic(file));
  return all.filter((file) => patterns.some((pattern) => file.includes(pattern)));
}
