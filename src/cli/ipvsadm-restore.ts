import { CommanderError } from 'commander';
import { withNames } from '../names/lookup.ts';
import { RuleError } from '../rules/error.ts';
import { faultSentence } from '../rules/messages.ts';
import type { OptionName } from '../rules/option-table/table.ts';
import { parseCommand } from '../rules/parse.ts';
import { scan } from '../rules/popt-scanner.ts';
import { restore, restoreOnEmpty } from './commands/restore.ts';
import { RestoreCommandLine } from './restore/command-line.ts';
import { status } from './status.ts';
import { readInput } from './stdio/input.ts';
import { runProcess } from './stdio/run-process.ts';
import type { Streams } from './stdio/streams.ts';

void runProcess(ipvsadmRestore, 'ipvsadm-restore');

/** Runs `ipvsadm-restore` with `words` on its command line, and returns the exit status. */
async function ipvsadmRestore(words: readonly string[], streams: Streams): Promise<number> {
  const commandLine = new RestoreCommandLine(streams);
  try {
    const { restoreWords, isFlush, file } = commandLine.parse(words);
    const command = await withNames((names) => parseCommand(['-R', '--sync', ...restoreWords], names));
    if (command.name !== 'restore') throw new TypeError('not a restore command');
    const { options } = command;
    const senseless = isFlush && withoutPlan(restoreWords);
    if (senseless) {
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
    if (error instanceof CommanderError) return error.exitCode === 0 ? status.done : status.unusable;
    if (error instanceof RuleError) {
      commandLine.refuse(faultSentence(error.fault));
      return status.unusable;
    }
    throw error;
  }
}

/** Options of `--sync` that also apply with `--flush`. */
const alsoWithFlush: readonly OptionName[] = ['wait', 'allow-empty'];

/** Returns the first option that has no meaning with `--flush`, which makes no plan. */
function withoutPlan(words: readonly string[]): OptionName | undefined {
  for (const event of scan(words).events) {
    if (event.kind !== 'option') continue;
    const { name, needs } = event.row;
    if (needs.restore === 'sync' && !alsoWithFlush.includes(name)) return name;
  }
  return undefined;
}
