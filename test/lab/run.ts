import { parseArgs } from 'node:util';
import { type KernelName, kernelNames } from './backends/backend.ts';
import { GuestDied, runInLab } from './lab.ts';
import { LabUnavailable } from './unavailable.ts';

const usage = `Usage: node --import tsx test/lab/run.ts [OPTION…] -- PROGRAM [ARGUMENT…]
Runs a program as root of a machine whose kernel has IPVS; exits with its exit code.
  --kernel NAME         ${kernelNames.join(', ')} (default: this machine's own IPVS, else uml)
  --time-limit SECONDS  kill the guest after this time (300); the exit code is 124 then
  --results DIR         the folder the program may write into, as $IPVSADM_LAB_RESULTS
  --memory SIZE         the guest's memory, for example 2G
  --env NAME=VALUE      an environment variable of the program; may be repeated
  --any-processor       do not keep the guest on one processor
  --no-ipvs             leave the module ip_vs unloaded
  --terminal            give the program this terminal
`;

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const { values, positionals } = parse();
    if (positionals.length === 0) throw new Error('no program given');
    const result = await runInLab(positionals, {
      kernel: values.kernel === undefined ? undefined : kernelName(values.kernel),
      timeLimit: values['time-limit'] === undefined ? undefined : seconds(values['time-limit']),
      results: values.results,
      memory: values.memory,
      anyProcessor: values['any-processor'],
      ipvs: !values['no-ipvs'],
      terminal: values.terminal,
      env: Object.fromEntries((values.env ?? []).map(assignment)),
      onOutput: (stream, chunk) => process[stream].write(chunk),
    });
    if (result.timedOut)
      say(`lab: killed the guest, as its time limit was over\n${result.console}`, result.code);
    return result.code;
  } catch (error) {
    if (error instanceof LabUnavailable || error instanceof GuestDied) return say(error.message, 69);
    if (error instanceof Error && !('syscall' in error)) return say(`${error.message}\n${usage}`, 2);
    throw error;
  }
}

function parse() {
  return parseArgs({
    allowPositionals: true,
    options: {
      kernel: { type: 'string' },
      'time-limit': { type: 'string' },
      results: { type: 'string' },
      memory: { type: 'string' },
      env: { type: 'string', multiple: true },
      'any-processor': { type: 'boolean', default: false },
      'no-ipvs': { type: 'boolean', default: false },
      terminal: { type: 'boolean', default: false },
    },
  });
}

function kernelName(word: string): KernelName {
  const name = kernelNames.find((known) => known === word);
  if (!name) throw new Error(`there is no kernel ${word}`);
  return name;
}

function seconds(word: string): number {
  if (!(Number(word) > 0)) throw new Error(`not a number of seconds: ${word}`);
  return Number(word);
}

function assignment(word: string): [string, string] {
  const end = word.indexOf('=');
  if (end < 1) throw new Error(`not NAME=VALUE: ${word}`);
  return [word.slice(0, end), word.slice(end + 1)];
}

function say(message: string, code: number): number {
  process.stderr.write(`${message.trimEnd()}\n`);
  return code;
}
