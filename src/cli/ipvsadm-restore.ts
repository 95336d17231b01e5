import { withNames } from '../names/lookup.ts';
import { RuleError } from '../rules/error.ts';
import { faultSentence } from '../rules/messages.ts';
import { parseCommand } from '../rules/parse.ts';
import { runProcess } from './process.ts';
import { restore, restoreOnEmpty } from './restore.ts';
import { status } from './status.ts';
import type { Streams } from './streams.ts';

const usage = `\
Usage: ipvsadm-restore [OPTION]... < FILE
Make the IPVS table equal to the rules in FILE, as ipvsadm-save writes them.

  --flush             remove all services first, then run the rules
  --check             only say whether the rules are right
  --dry-run           only print what would be done
  --exit-code         with --dry-run, exit with 3 if anything would be done
  --wait[=SECONDS]    wait for another rollout to end
  --drain[=SECONDS]   let connections of removed servers end first (300)
  --keep              with --drain, do not remove what did not end
  --json              FILE is a listing in JSON
`;

void runProcess(async (words, streams) => {
  if (words.includes('--help') || words.includes('-h')) {
    streams.out.write(usage);
    return status.done;
  }
  // The reference takes no notice of its arguments; scripts pass -n, as they do to ipvsadm-save.
  const options = words.filter((word) => word.startsWith('-') && word !== '-n');
  return run(
    options.filter((word) => word !== '--flush'),
    options.includes('--flush'),
    streams,
  );
});

async function run(words: readonly string[], isFlush: boolean, streams: Streams): Promise<number> {
  try {
    const command = await withNames((names) => parseCommand(['-R', '--sync', ...words], names));
    if (command.name !== 'restore') throw new TypeError('a restore that is none');
    const { options } = command;
    const senseless = options.dryRun ? 'dry-run' : options.drain && 'drain';
    if (isFlush && senseless) {
      throw new RuleError({
        code: 'options-conflict',
        option: 'flush',
        other: senseless,
        command: command.name,
      });
    }
    return isFlush && !options.check
      ? await restoreOnEmpty(options, streams)
      : await restore(options, streams);
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    streams.err.write(`${faultSentence(error.fault)}\n${usage}`);
    return status.illegal;
  }
}
