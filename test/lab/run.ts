import { InvalidArgumentError, Option } from 'commander';
import { tool } from '../../packaging/tool.ts';
import { kernelNames } from './backends/backend.ts';
import { GuestDied, type LabOptions, runInLab } from './lab.ts';
import { LabUnavailable } from './unavailable.ts';

/** Exit status if the lab is unavailable or its guest died (`EX_UNAVAILABLE` of `sysexits.h`). */
const unavailable = 69;

await tool(
  'node --import tsx test/lab/run.ts',
  'Runs a program as root in the lab, on a kernel with IPVS; exits with its exit status.',
)
  .usage('[OPTION]... [--] PROGRAM [ARGUMENT]...')
  .argument('<program...>', 'the program and its arguments')
  .passThroughOptions()
  .addOption(
    new Option(
      '--kernel <name>',
      "the kernel (default: this machine's own if it has IPVS, else uml)",
    ).choices(kernelNames),
  )
  .option('--time-limit <seconds>', 'kill the guest after this time, with exit status 124', seconds, 300)
  .option(
    '--results <folder>',
    'the folder that the program may write into; it finds it in $IPVSADM_LAB_RESULTS',
  )
  .option('--memory <size>', "the guest's memory, for example 2G")
  .option(
    '--env <name=value>',
    'set an environment variable of the program; may be repeated',
    addVariable,
    {},
  )
  .option('--any-processor', 'let the guest use all processors instead of one')
  .option('--no-ipvs', 'do not load the module ip_vs')
  .option('--terminal', 'give the program this terminal')
  .action(async (program: readonly string[], options: LabOptions) => {
    process.exitCode = await run(program, options);
  })
  .parseAsync();

/** Runs the program; returns the exit status. */
async function run(program: readonly string[], options: LabOptions): Promise<number> {
  try {
    const onOutput: LabOptions['onOutput'] = (stream, chunk) => process[stream].write(chunk);
    const { code, timedOut, console } = await runInLab(program, { ...options, onOutput });
    return timedOut
      ? report(`lab: killed the guest, which had reached its time limit\n${console}`, code)
      : code;
  } catch (error) {
    if (error instanceof LabUnavailable || error instanceof GuestDied)
      return report(error.message, unavailable);
    throw error;
  }
}

function seconds(word: string): number {
  if (Number(word) > 0) return Number(word);
  throw new InvalidArgumentError('It must be a number of seconds.');
}

function addVariable(word: string, variables: Readonly<Record<string, string>>): Record<string, string> {
  const end = word.indexOf('=');
  if (end < 1) throw new InvalidArgumentError('It must be NAME=VALUE.');
  return { ...variables, [word.slice(0, end)]: word.slice(end + 1) };
}

function report(message: string, code: number): number {
  process.stderr.write(`${message.trimEnd()}\n`);
  return code;
}
