import { delimiter, dirname, join } from 'node:path';
import { Argument } from 'commander';
import { tool } from '../packaging/tool.ts';
import { cached } from './lab/cache.ts';
import { output } from './lab/child.ts';
import { bootsKernel, runTestFiles, testFiles } from './test-files.ts';

/** The tested versions of Node: the oldest supported one, and the maintained release lines. */
const versions = ['20.16.0', '22.23.5', '24.22.3'] as const;

/** Kernel tests that cover all our uses of Node: sockets, files, standard streams. */
const kernelTests = ['netlink/socket', 'ipvs/client', 'rollout/files', 'rollout/state'];

/** Tests of other programs and of texts, which do not depend on the version of Node. */
const independentTests = [
  'test/lab/',
  'test/packaging/',
  'test/package/floors',
  'test/package/tools',
  'test/docs/',
];

/** Unit tests that --quick runs, of our uses of Node: starting, modules, streams, files and the package. */
const quickTests = [
  ...['test/cli/', 'test/names/', 'test/netlink/', 'test/platform/'],
  ...['test/library/', 'test/package/package', 'test/rollout/'],
];

await tool(
  'npm run test:nodes --',
  'Runs the unit tests and some kernel tests on other versions of Node, which it downloads.',
)
  .addArgument(new Argument('[version...]', 'only these versions').choices(versions))
  .option('--quick', 'run only tests that depend on Node itself: about a minute for each version')
  .action(async (wanted: readonly string[], { quick }: { readonly quick?: true }) => {
    for (const version of wanted.length ? wanted : versions) {
      const status = await test(version, quick ? isQuick : dependsOnNode);
      if (status !== 0) process.exitCode = status;
    }
  })
  .parseAsync();

function dependsOnNode(file: string): boolean {
  return !independentTests.some((path) => file.startsWith(path));
}

function isQuick(file: string): boolean {
  return quickTests.some((path) => file.startsWith(path));
}

/** Runs the wanted unit tests, and kernel tests, on one version of Node; returns the exit status. */
async function test(version: string, isWanted: (file: string) => boolean): Promise<number> {
  const node = await fetchNode(version);
  process.stdout.write(`\nNode ${version}\n`);
  const files = testFiles().filter((file) =>
    bootsKernel(file) ? kernelTests.some((name) => file.includes(name)) : isWanted(file),
  );
  const path = [dirname(node), process.env.PATH].join(delimiter);
  return runTestFiles(node, files, {
    ...process.env,
    PATH: path,
    IPVSADM_BUILD: 'node',
    IPVSADM_OTHER_NODE: 'yes',
  });
}

/** Returns the executable of a version of Node, fetched from the npm registry. */
async function fetchNode(version: string): Promise<string> {
  const name = `node-linux-${process.arch}`;
  const folder = await cached(`${name}-${version}`, async (root) => {
    const install = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', root];
    await output('npm', [...install, `${name}@${version}`]);
  });
  return join(folder, 'node_modules', name, 'bin/node');
}
