import type { Ipvs } from '../ipvs/client.ts';
import { withNames } from '../names/lookup.ts';
import { NetlinkError } from '../netlink/errors.ts';
import type { Command, DoctorOptions, ListOptions } from '../rules/command.ts';
import { RuleError } from '../rules/error.ts';
import { faultSentence } from '../rules/messages.ts';
import { parseCommand } from '../rules/parse.ts';
import { requestOf } from '../rules/request.ts';
import { isForbidden, kernelOf, tellNotLoaded, withKernel, withLoadedKernel } from './kernel.ts';
import { kernelErrorSentence } from './messages.ts';
import { faultStatus, status } from './status.ts';
import type { Streams } from './streams.ts';

/** Gives the word by which the command was called. */
type ProgramName = () => Promise<string>;

/**
 * Runs `ipvsadm` with `words` on its command line, and gives the exit status. Scripts do that thousands of times, to change
 * one thing; so what reads rules or prints, or says what is wrong, is loaded only where it is needed.
 */
export async function ipvsadm(
  words: readonly string[],
  streams: Streams,
  programName: ProgramName = async () => 'ipvsadm',
): Promise<number> {
  const command = await withNames((names) => parseCommand(words, names)).catch((error: unknown) => {
    if (error instanceof RuleError) return error;
    throw error;
  });
  if (!(command instanceof RuleError)) {
    switch (command.name) {
      case 'help':
      case 'version': {
        const { helpText, versionText } = await import('./help.ts');
        streams.out.write(command.name === 'help' ? helpText() : versionText());
        return status.done;
      }
      case 'restore': {
        const { restore } = await import('./restore.ts');
        return restore(command.options, streams);
      }
      case 'doctor':
        return withLoadedKernel(streams, (ipvs) => examineSystem(ipvs, command.options, streams));
      case 'list':
        if (!isOwnView(command.options)) break;
        return withLoadedKernel(streams, async (ipvs) =>
          ipvs ? run(command, ipvs, streams, programName) : tellNotLoaded(streams),
        );
    }
  }
  return withKernel(streams, (ipvs) => run(command, ipvs, streams, programName));
}

/** Whether a listing is one that the reference does not have. */
function isOwnView({ json, table, watch, prometheus, top }: ListOptions): boolean {
  return [json, table, watch, prometheus, top].some((option) => option !== undefined);
}

async function examineSystem(
  ipvs: Ipvs | undefined,
  options: DoctorOptions,
  streams: Streams,
): Promise<number> {
  const { doctor } = await import('./doctor.ts');
  return doctor(ipvs && (await kernelOf(ipvs)), options, streams);
}

async function run(
  command: Exclude<Command, { name: 'help' | 'version' | 'restore' | 'doctor' }> | RuleError,
  ipvs: Ipvs,
  streams: Streams,
  programName: ProgramName,
): Promise<number> {
  const { err } = streams;
  if (command instanceof RuleError) {
    // Who may not use it is told that first.
    await ipvs.info();
    err.write(`${faultSentence(command.fault, await programName())}\n`);
    return faultStatus(command.fault);
  }
  try {
    if (command.name === 'list' || command.name === 'save') {
      const { print } = await import('./print.ts');
      await print(command, await kernelOf(ipvs), streams);
    } else if (command.name === 'delete-server' && command.drain) {
      const { removeDrained } = await import('./drain.ts');
      return await removeDrained(ipvs, command, command.drain, err);
    } else {
      const request = requestOf(command);
      if (request) await ipvs.execute(request);
    }
    return status.done;
  } catch (error) {
    if (!(error instanceof NetlinkError) || isForbidden(error)) throw error;
    err.write(`${kernelErrorSentence(error, command.name)}\n`);
    return command.name === 'list' ? status.missing : status.refused;
  }
}
