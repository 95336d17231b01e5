import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { kernelNames } from '../../lab/backends/backend.ts';
import { runInLab } from '../../lab/lab.ts';
import { nodeWithTypeScript } from '../../lab/project.ts';
import { Fuzzer } from './fuzzer.ts';
import { report } from './report.ts';

const usage = `Usage: npm run test:fuzz -- [--seed NUMBER] [--cases NUMBER] [--kernel NAME]
Holds random sequences of command lines against ipvsadm 1.31; exits with 1 when some differ.
  --seed NUMBER      which random sequences (1)
  --cases NUMBER     how many of them (2000)
  --sequence NUMBER  the first one (0); only that one when --cases is not given
  --kernel NAME      ${kernelNames.join(', ')} (default: this machine's own IPVS, else uml)
`;

/** Differences after which it is enough. */
const enough = 20;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const wanted = read(args);
  if (typeof wanted === 'string') {
    process.stderr.write(`${wanted}\n${usage}`);
    return 2;
  }
  if (process.env.IPVSADM_LAB) return tryAll(wanted);
  const program = [...nodeWithTypeScript, fileURLToPath(import.meta.url), ...args];
  const { code } = await runInLab(program, {
    kernel: wanted.kernel,
    timeLimit: 24 * 60 * 60,
    env: process.stderr.isTTY ? { FUZZ_PROGRESS: 'yes' } : {},
    onOutput: (stream, chunk) => process[stream].write(chunk),
  });
  return code;
}

type Wanted = Exclude<ReturnType<typeof read>, string>;

function read(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string', default: '1' },
        cases: { type: 'string' },
        sequence: { type: 'string' },
        kernel: { type: 'string' },
      },
    });
    const kernel = kernelNames.find((name) => name === values.kernel);
    if (values.kernel !== undefined && !kernel) return `there is no kernel ${values.kernel}`;
    const cases = values.cases ?? (values.sequence === undefined ? '2000' : '1');
    const [seed, first, count] = [values.seed, values.sequence ?? '0', cases].map(Number);
    if (![seed, first, count].every(Number.isSafeInteger)) return 'not a whole number';
    return { seed: seed ?? 0, first: first ?? 0, count: count ?? 0, kernel };
  } catch (error) {
    return (error as Error).message;
  }
}

async function tryAll({ seed, first, count }: Wanted): Promise<number> {
  const fuzzer = new Fuzzer();
  let differing = 0;
  let tried = 0;
  try {
    for (; tried < count && differing < enough; tried++) {
      const difference = await fuzzer.try(seed, first + tried);
      if (difference) {
        differing++;
        process.stdout.write(`${report(difference, seed, first + tried)}\n`);
      }
      if (process.env.FUZZ_PROGRESS)
        process.stderr.write(`\r${tried + 1}/${count} tried, ${differing} differ `);
    }
  } finally {
    fuzzer.close();
  }
  const end = process.env.FUZZ_PROGRESS ? '\r' : '';
  process.stderr.write(`${end}${tried} sequences of seed ${seed} tried, ${differing} differ.\n`);
  return differing > 0 ? 1 : 0;
}
