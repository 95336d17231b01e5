import type { Revision } from '../../../fleet/documents/revision.ts';
import { readHistory } from '../../../fleet/revisions/read.ts';
import { documentText } from '../../../json/text.ts';
import { status } from '../../status.ts';
import type { Register } from '../register.ts';
import { drawTable, painter, plainText } from '../table.ts';
import { localTime } from '../values.ts';

export const registerLog: Register = (program, { onFleet }) => {
  program
    .command('log')
    .summary('list the revisions')
    .description('List the revisions in the store, newest first.')
    .option('--json', 'print JSON')
    .action(({ json }: { readonly json?: true }, command) =>
      onFleet(command, async ({ store, keys, streams: { out } }) => {
        const { revisions } = await readHistory(store, keys);
        const newest = [...revisions].reverse();
        if (json) out.write(documentText(newest));
        else if (newest.length === 0)
          out.write('no revision has been published yet (ipvsadm-fleet publish FILE -m TEXT)\n');
        else out.write(drawTable(heading, newest.map(row), painter()));
        return status.done;
      }),
    );
};

const heading = ['Revision', 'Published', 'By', 'Services', 'Servers', 'Signed', 'Message'];

function row({ number, time, author, services, servers, signature, message, restores }: Revision): string[] {
  const origin = restores === undefined ? '' : ` (rules of revision ${restores})`;
  return [
    String(number),
    localTime(time),
    plainText(author),
    String(services),
    String(servers),
    signature === undefined ? 'no' : 'yes',
    plainText(message) + origin,
  ];
}
