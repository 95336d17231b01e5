import { difference } from '../../../fleet/revisions/difference.ts';
import { readRevisionOf } from '../../../fleet/revisions/of-director.ts';
import { readRevision } from '../../../fleet/revisions/read.ts';
import { formatRules } from '../../../rules/format.ts';
import { commandsOfPlan } from '../../../rules/step.ts';
import { status } from '../../status.ts';
import type { Register } from '../register.ts';
import type { Session } from '../session.ts';
import { parseRevision } from '../values.ts';

export const registerDiff: Register = (program, { onFleet }) => {
  program
    .command('diff')
    .summary('print what a revision changes')
    .description(
      'Print the commands that turn the rules of M into those of revision N. M is a revision, or a director, which stands for the revision it runs (default: the revision before N).',
    )
    .argument('<N>', 'the number of a revision', parseRevision)
    .argument('[M]', 'a revision, or the name of a director', parseOther)
    .option('--json', 'print JSON: a list of commands')
    .action(
      (number: number, other: number | string | undefined, { json }: { readonly json?: true }, command) =>
        onFleet(command, async (session) => {
          const { rules } = await readRevision(session.store, session.keys, number);
          const before = await rulesBefore(session, number, other);
          const text = formatRules(commandsOfPlan(difference(before, rules)));
          const lines = text.split('\n').slice(0, -1);
          session.streams.out.write(json ? `${JSON.stringify(lines, undefined, 2)}\n` : text);
          return status.done;
        }),
    );
};

/** Parses what a revision is compared with: the number of another revision, or the name of a director, which is never a number. */
function parseOther(text: string): number | string {
  return /^[0-9]+$/.test(text) ? parseRevision(text) : text;
}

async function rulesBefore(
  { store, keys, streams: { err } }: Session,
  number: number,
  other: number | string = number - 1,
): Promise<string> {
  if (other === 0) return '';
  if (typeof other === 'number') return (await readRevision(store, keys, other)).rules;
  const { revision, rules } = await readRevisionOf(store, keys, other);
  err.write(`${other} has the rules of revision ${revision.number}\n`);
  return rules;
}
