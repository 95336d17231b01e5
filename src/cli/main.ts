import { withNames } from '../names/lookup.ts';
import { NetlinkError } from '../netlink/errors.ts';
import type { Command } from '../rules/command.ts';
import { RuleError } from '../rules/error.ts';
import { parseCommand } from '../rules/parse.ts';
import { helpText, versionText } from './help.ts';
import { type Kernel, NoKernelError, openKernel } from './kernel.ts';
import type { Output } from './output.ts';
import { print } from './print.ts';
import { requestOf } from './request.ts';
import { restore } from './restore.ts';
import { faultSentence, faultStatus, refusalSentence } from './sentences.ts';
import { strerror } from './strerror.ts';

/** What a run of ipvsadm reads and writes. */
export interface Streams {
  /** All of standard input. */
  readonly input: () => string;
  readonly out: Output;
  readonly err: Output;
}

/** Runs `ipvsadm` with `words` on its command line, and gives the exit status. */
export async function ipvsadm(words: readonly string[], streams: Streams): Promise<number> {
  const command = await withNames((names) => parseCommand(words, names)).catch((error: unknown) => {
    if (error instanceof RuleError) return error;
    throw error;
  });
  if (command instanceof RuleError || (command.name !== 'help' && command.name !== 'version')) {
    return withKernel(streams, (kernel) => run(command, kernel, streams));
  }
  streams.out.write(command.name === 'help' ? helpText() : versionText());
  return 0;
}

/** Runs `task` on the kernel's IPVS. Where there is none, says so, whatever else may be wrong. */
export async function withKernel(
  { err }: Streams,
  task: (kernel: Kernel) => Promise<number>,
): Promise<number> {
  let kernel: Kernel;
  try {
    kernel = await openKernel();
  } catch (error) {
    if (!(error instanceof NoKernelError)) throw error;
    const reason = error.errno === 1 ? 'Permission denied (you must be root)' : strerror(error.errno);
    err.write(`Can't initialize ipvs: ${reason}\n`);
    err.write('Are you sure that IP Virtual Server is built in the kernel or as module?\n');
    return 2;
  }
  try {
    return await task(kernel);
  } finally {
    kernel.ipvs.close();
  }
}

async function run(
  command: Exclude<Command, { name: 'help' | 'version' }> | RuleError,
  kernel: Kernel,
  streams: Streams,
): Promise<number> {
  const { out, err } = streams;
  if (command instanceof RuleError) {
    err.write(`${faultSentence(command.fault)}\n`);
    return faultStatus(command.fault);
  }
  if (command.name === 'restore') return restore(streams.input(), kernel, streams);
  try {
    if (command.name === 'list' || command.name === 'save') {
      await print(command, kernel, out);
    } else {
      const request = requestOf(command);
      if (request) await kernel.ipvs.execute(request);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof NetlinkError)) throw error;
    err.write(`${refusalSentence(error, command.name)}\n`);
    return command.name === 'list' ? 1 : 255;
  }
}
