import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { kernelNames } from '../lab/backends/backend.ts';
import { runInLab } from '../lab/lab.ts';
import { nodeWithTypeScript } from '../lab/project.ts';

const usage = `Usage: npm run bench -- [--kernel NAME] [--runs NUMBER] [--connections NUMBER]
  --kernel       ${kernelNames.join(', ')}
  --runs         of each, of which the median counts (5)
  --connections  in the table of connections (300000)
`;

process.exitCode = await main(process.argv.slice(2));

/** Times both tools in one boot of a kernel; prints what they took, the ratios, and what the machine takes by itself. */
async function main(args: readonly string[]): Promise<number> {
  const options = {
    kernel: { type: 'string' },
    runs: { type: 'string' },
    connections: { type: 'string' },
  } as const;
  let values: { kernel?: string | undefined; runs?: string | undefined; connections?: string | undefined };
  try {
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${usage}`);
    return 2;
  }
  const kernel = kernelNames.find((name) => name === values.kernel);
  if (values.kernel && !kernel) {
    process.stderr.write(`there is no kernel ${values.kernel}\n${usage}`);
    return 2;
  }
  const guest = fileURLToPath(new URL('guest.ts', import.meta.url));
  const program = [...nodeWithTypeScript, guest, values.runs ?? '5', values.connections ?? '300000'];
  const { code } = await runInLab(program, {
    kernel,
    timeLimit: 7200,
    memory: '3G',
    onOutput: (stream, chunk) => process[stream].write(chunk),
  });
  return code;
}
