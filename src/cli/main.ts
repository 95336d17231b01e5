import { withNames } from '../names/lookup.ts';
import { NetlinkError } from '../netlink/errors.ts';
import type { Command, DrainOptions } from '../rules/command.ts';
import { RuleError } from '../rules/error.ts';
import { parseCommand } from '../rules/parse.ts';
import { requestOf } from '../rules/request.ts';
import { helpText, versionText } from './help.ts';
import { type Kernel, NoKernelError, openKernel } from './kernel.ts';
import type { Output } from './output.ts';
import { faultSentence, faultStatus, refusalSentence } from './sentences.ts';
import { status } from './status.ts';
import { strerror } from './strerror.ts';

/** What a run of ipvsadm reads and writes. */
export interface Streams {
  /** All of standard input. */
  readonly input: () => string;
  readonly out: Output;
  readonly err: Output;
}

/**
 * Runs `ipvsadm` with `words` on its command line, and gives the exit status. Scripts do that thousands of times, to change
 * one thing; so what reads rules or prints is loaded only where it is needed.
 */
export async function ipvsadm(words: readonly string[], streams: Streams): Promise<number> {
  const command = await withNames((names) => parseCommand(words, names)).catch((error: unknown) => {
    if (error instanceof RuleError) return error;
    throw error;
  });
  if (!(command instanceof RuleError)) {
    switch (command.name) {
      case 'help':
        streams.out.write(helpText());
        return status.done;
      case 'version':
        streams.out.write(versionText());
        return status.done;
      case 'restore': {
        const { restore } = await import('./restore.ts');
        return restore(command.options, streams);
      }
    }
  }
  return withKernel(streams, (kernel) => run(command, kernel, streams));
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
    return status.illegal;
  }
  try {
    return await task(kernel);
  } finally {
    kernel.ipvs.close();
  }
}

async function run(
  command: Exclude<Command, { name: 'help' | 'version' | 'restore' }> | RuleError,
  kernel: Kernel,
  streams: Streams,
): Promise<number> {
  const { out, err } = streams;
  if (command instanceof RuleError) {
    err.write(`${faultSentence(command.fault)}\n`);
    return faultStatus(command.fault);
  }
  try {
    if (command.name === 'list' || command.name === 'save') {
      const { print } = await import('./print.ts');
      await print(command, kernel, out);
    } else if (command.name === 'doctor') {
      const { doctor } = await import('./doctor.ts');
      return await doctor(kernel, streams);
    } else if (command.name === 'delete-server' && command.drain) {
      return await removeDrained(command, command.drain, kernel, streams);
    } else {
      const request = requestOf(command);
      if (request) await kernel.ipvs.execute(request);
    }
    return status.done;
  } catch (error) {
    if (!(error instanceof NetlinkError)) throw error;
    err.write(`${refusalSentence(error, command.name)}\n`);
    return command.name === 'list' ? status.missing : status.refused;
  }
}

async function removeDrained(
  { service, server }: Extract<Command, { name: 'delete-server' }>,
  options: DrainOptions,
  { ipvs }: Kernel,
  { err }: Streams,
): Promise<number> {
  const { drainServers } = await import('./drain.ts');
  const { removable, interrupted } = await drainServers(ipvs, [{ service, server }], options, err);
  if (interrupted) return status.interrupted;
  if (removable.length > 0) await ipvs.removeDestination(service, server);
  return status.done;
}
