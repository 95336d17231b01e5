import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { kernelNames } from '../lab/backends/backend.ts';
import { runInLab } from '../lab/lab.ts';
import { nodeWithTypeScript } from '../lab/project.ts';

const usage = `Usage: npm run bench -- [--kernel NAME] [--runs NUMBER] [--connections NUMBER] [--one-processor] [--large]
  --kernel         ${kernelNames.join(', ')}
  --runs           of each, of which the median counts (5)
  --connections    in the table of connections (300000; emulated 40000)
  --one-processor  keep User-mode Linux on one processor, where a system call takes a twentieth of the time
  --large          also how cost grows, and the memory of very large tables: takes ten minutes more
`;

process.exitCode = await main(process.argv.slice(2));

/** Times the programs in one boot of a kernel; prints what they took, the ratios, and what the machine takes by itself. */
async function main(args: readonly string[]): Promise<number> {
  const options = {
    kernel: { type: 'string' },
    runs: { type: 'string', default: '5' },
    connections: { type: 'string' },
    'one-processor': { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
  } as const;
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];
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
  const program = [
    ...nodeWithTypeScript,
    guest,
    values.runs,
    values.connections ?? '',
    values.large ? 'large' : '',
    values['one-processor'] ? 'one-processor' : '',
  ];
  const { code } = await runInLab(program, {
    kernel,
    timeLimit: 7200,
    anyProcessor: !values['one-processor'],
    memory: values.large ? '5G' : '3G',
    onOutput: (stream, chunk) => process[stream].write(chunk),
  });
  return code;
}
