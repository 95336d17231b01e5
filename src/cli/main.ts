import type { Ipvs } from '../ipvs/client.ts';
import { connectionsFile } from '../ipvs/proc/connections.ts';
import { withNames } from '../names/lookup.ts';
import { NetlinkError } from '../netlink/errors.ts';
import type { Command } from '../rules/command.ts';
import { RuleError } from '../rules/error.ts';
import { faultSentence } from '../rules/messages.ts';
import type { OptionName } from '../rules/option-table/table.ts';
import { parseCommand } from '../rules/parse.ts';
import { scan } from '../rules/popt-scanner.ts';
import { requestOf } from '../rules/request.ts';
import { commands } from './commands/index.ts';
import { kernelErrorSentence } from './kernel-error-sentence.ts';
import { isForbidden, reportNotLoaded, withIpvs, withLoadedIpvs } from './open-ipvs.ts';
import { faultStatus, status } from './status.ts';
import type { Streams } from './stdio/streams.ts';

/** Resolves to the name that the command was called by. */
type ProgramName = () => Promise<string>;

/** Runs `ipvsadm` with `words` on its command line, and returns the exit status. */
export async function ipvsadm(
  words: readonly string[],
  streams: Streams,
  programName: ProgramName = async () => 'ipvsadm',
): Promise<number> {
  let command: Command;
  try {
    command = await withNames((names) => parseCommand(words, names));
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    const { fault } = error;
    const report = async () => {
      streams.err.write(`${faultSentence(fault, await programName())}\n`);
      return faultStatus(fault);
    };
    switch (kernelUse(words)) {
      case 'none':
        return report();
      case 'if-loaded':
        return withLoadedIpvs(streams, report);
      case 'load':
        return withIpvs(streams, async (ipvs) => {
          // A missing permission is reported before the fault.
          await ipvs.info();
          return report();
        });
    }
  }
  switch (command.name) {
    case 'help':
    case 'version': {
      const { help } = await commands.help();
      help(command.name, streams.out);
      return status.done;
    }
    case 'restore': {
      const { restore } = await commands.restore();
      return restore(command.options, streams);
    }
    case 'doctor': {
      const { options } = command;
      return withLoadedIpvs(streams, async (ipvs) => {
        const { doctor } = await commands.doctor();
        return doctor(ipvs, options, streams);
      });
    }
    case 'list':
      if (isOwnView(command)) {
        return withLoadedIpvs(streams, async (ipvs) =>
          ipvs ? run(command, ipvs, streams) : reportNotLoaded(streams),
        );
      }
  }
  return withIpvs(streams, (ipvs) => run(command, ipvs, streams));
}

/** Options of `--list` for the views that the reference ipvsadm does not have. They use IPVS only where it is loaded. */
const ownViews = ['json', 'table', 'watch', 'prometheus', 'top'] as const satisfies readonly OptionName[];

/** Options with which ipvsadm uses IPVS only where it is loaded. */
const withoutLoading: readonly OptionName[] = [...ownViews, 'dry-run'];

/**
 * Returns how a command line that cannot be parsed uses the kernel's IPVS: as it would without its fault, as far as its
 * readable words tell.
 */
function kernelUse(words: readonly string[]): 'none' | 'if-loaded' | 'load' {
  const names = scan(words).events.map((event) => {
    if (event.kind === 'unreadable') return undefined;
    return event.kind === 'command' ? event.spelling.command : event.row.name;
  });
  if (names.includes('check')) return 'none';
  const isOwn = names[0] === 'doctor' || withoutLoading.some((name) => names.includes(name));
  return isOwn ? 'if-loaded' : 'load';
}

/** Returns whether a listing is one that the reference ipvsadm does not have. */
function isOwnView({ options }: Extract<Command, { name: 'list' }>): boolean {
  return ownViews.some((option) => options[option] !== undefined);
}

/** Carries out a command on the kernel's IPVS, reports a refusal by the kernel, and returns the exit status. */
async function run(
  command: Exclude<Command, { name: 'help' | 'version' | 'restore' | 'doctor' }>,
  ipvs: Ipvs,
  streams: Streams,
): Promise<number> {
  try {
    if (command.name === 'list') {
      const { list } = await commands.list();
      await list(command, ipvs, streams.out);
    } else if (command.name === 'save') {
      const { save } = await commands.save();
      await save(command, ipvs, streams);
    } else if (command.name === 'delete-server' && command.drain) {
      const { removeDrained } = await commands.removeDrained();
      return await removeDrained(ipvs, command, command.drain, streams.err);
    } else {
      const request = requestOf(command);
      if (request) await ipvs.execute(request);
    }
    return status.done;
  } catch (error) {
    if (isWithoutConnections(error)) {
      streams.err.write(`cannot open file ${connectionsFile}\n`);
      return status.missing;
    }
    if (!(error instanceof NetlinkError) || isForbidden(error)) throw error;
    streams.err.write(`${kernelErrorSentence(error, command.name)}\n`);
    return command.name === 'list' ? status.missing : status.refused;
  }
}

/** Whether an error is that the kernel's table of connections cannot be opened: `/proc` may be hidden. */
function isWithoutConnections(error: unknown): boolean {
  const { syscall, path } = Object(error) as NodeJS.ErrnoException;
  return syscall === 'open' && path === connectionsFile;
}
