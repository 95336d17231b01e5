import { fileURLToPath } from 'node:url';
import { Option } from 'commander';
import { tool, wholeNumber } from '../../../packaging/tool.ts';
import { type KernelName, kernelNames } from '../../lab/backends/backend.ts';
import { runInLab } from '../../lab/lab.ts';
import { nodeWithTypeScript } from '../../lab/project.ts';
import { Fuzzer } from './fuzzer.ts';
import { report } from './report.ts';

/** Number of differences after which the program stops. */
const maxDifferences = 20;

await tool(
  'npm run test:fuzz --',
  'Compares random sequences of command lines with ipvsadm 1.31; exits with status 1 if any differ.',
)
  .option('--seed <number>', 'the seed of the random sequences', wholeNumber(0), 1)
  .option('--cases <number>', 'the number of sequences (default: 2000, or 1 with --sequence)', wholeNumber(1))
  .option('--sequence <number>', 'the number of the first sequence (default: 0)', wholeNumber(0))
  .addOption(
    new Option(
      '--kernel <name>',
      "the kernel (default: this machine's own if it has IPVS, else uml)",
    ).choices(kernelNames),
  )
  .action(async (wanted: Wanted) => {
    process.exitCode = await main(wanted);
  })
  .parseAsync();

interface Wanted {
  readonly seed: number;
  readonly cases?: number | undefined;
  /** The number of the first sequence. */
  readonly sequence?: number | undefined;
  readonly kernel?: KernelName | undefined;
}

/** Tries the sequences, in a lab that it starts unless it already runs in one; returns the exit status. */
async function main(wanted: Wanted): Promise<number> {
  if (process.env.IPVSADM_LAB) return tryAll(wanted);
  const program = [...nodeWithTypeScript, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const { code } = await runInLab(program, {
    kernel: wanted.kernel,
    timeLimit: 24 * 60 * 60,
    env: process.stderr.isTTY ? { FUZZ_PROGRESS: 'yes' } : {},
    onOutput: (stream, chunk) => process[stream].write(chunk),
  });
  return code;
}

async function tryAll({ seed, sequence, cases }: Wanted): Promise<number> {
  const first = sequence ?? 0;
  const count = cases ?? (sequence === undefined ? 2000 : 1);
  const fuzzer = new Fuzzer();
  let differing = 0;
  let tried = 0;
  try {
    for (; tried < count && differing < maxDifferences; tried++) {
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
