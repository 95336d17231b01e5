import { CommanderError } from 'commander';
import { withNames } from '../names/lookup.ts';
import type { RestoreOptions } from '../rules/command.ts';
import { RuleError } from '../rules/error.ts';
import { faultSentence } from '../rules/messages.ts';
import type { OptionName } from '../rules/option-table/table.ts';
import { parseCommand } from '../rules/parse.ts';
import { restore, restoreOnEmpty } from './commands/restore.ts';
import { RestoreCommandLine } from './restore/command-line.ts';
import { status } from './status.ts';
import { InputError, readInput } from './stdio/input.ts';
import { runProcess } from './stdio/run-process.ts';
import type { Streams } from './stdio/streams.ts';

void runProcess(ipvsadmRestore);

/** Runs `ipvsadm-restore` with `words` on its command line, and gives the exit status. */
async function ipvsadmRestore(words: readonly string[], streams: Streams): Promise<number> {
  const commandLine = new RestoreCommandLine(streams);
  try {
    const { restoreWords, isFlush, file } = commandLine.parse(words);
    const command = await withNames((names) => parseCommand(['-R', '--sync', ...restoreWords], names));
    if (command.name !== 'restore') throw new TypeError('a restore that is none');
    const { options } = command;
    const senseless = withoutPlan(options);
    if (isFlush && senseless) {
      throw new RuleError({
        code: 'options-conflict',
        option: 'flush',
        other: senseless,
        command: command.name,
      });
    }
    const source = { ...streams, input: async () => readInput(file) };
    return await (isFlush && !options.check ? restoreOnEmpty(options, source) : restore(options, source));
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? status.done : status.illegal;
    if (error instanceof RuleError) {
      commandLine.refuse(faultSentence(error.fault));
      return status.illegal;
    }
    if (!(error instanceof InputError)) throw error;
    streams.err.write(`${error.message}\n`);
    return status.illegal;
  }
}

/** The first option that means nothing where there is no plan. */
function withoutPlan(options: RestoreOptions): OptionName | undefined {
  if (options.dryRun) return 'dry-run';
  if (options.drain) return 'drain';
  if (options.only) return 'only';
  if (options.except) return 'except';
  if (options.keepWeights) return 'keep-weights';
  if (options.maxRemovals) return 'max-removals';
  return options.minServers && 'min-servers';
}
