import { readRevision } from '../../../fleet/revisions/read.ts';
import { documentText } from '../../../json/text.ts';
import { visibleLines } from '../../../platform/visible.ts';
import { status } from '../../status.ts';
import type { Register } from '../register.ts';
import { plainText } from '../table.ts';
import { localTime, parseRevision } from '../values.ts';

export const registerShow: Register = (program, { onFleet }) => {
  program
    .command('show')
    .summary('print the rules of a revision')
    .description('Print the rules of a revision as a rule file, which ipvsadm-restore takes.')
    .argument('<N>', 'the number of the revision', parseRevision)
    .option('--json', 'print JSON: the entry of log, and the rules as text')
    .action((number: number, { json }: { readonly json?: true }, command) =>
      onFleet(command, async ({ store, keys, streams: { out } }) => {
        const { revision, rules } = await readRevision(store, keys, number);
        if (json) {
          out.write(documentText({ ...revision, rules }));
          return status.done;
        }
        const { author, time, message, sha256 } = revision;
        out.write(
          `# revision ${number}, published by ${plainText(author)} at ${localTime(time)}: ${plainText(message)}\n`,
        );
        out.write(`# sha256 ${sha256}\n${visibleLines(rules)}`);
        return status.done;
      }),
    );
};
