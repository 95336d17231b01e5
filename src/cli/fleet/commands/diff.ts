import { FleetError } from '../../../fleet/fleet-error.ts';
import { difference } from '../../../fleet/revisions/difference.ts';
import { readRevision } from '../../../fleet/revisions/read.ts';
import { readFleet } from '../../../fleet/status/fleet-state.ts';
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
    .argument('[M]', 'a revision, or the name of a director')
    .option('--json', 'print JSON: a list of commands')
    .action((number: number, other: string | undefined, { json }: { readonly json?: true }, command) =>
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

async function rulesBefore(
  { store, keys }: Session,
  number: number,
  other: string | undefined,
): Promise<string> {
  if (other === undefined && number === 1) return '';
  const before = other === undefined ? number - 1 : await numberOf(store, keys, other);
  return (await readRevision(store, keys, before)).rules;
}

async function numberOf(store: Session['store'], keys: Session['keys'], other: string): Promise<number> {
  if (/^[0-9]+$/.test(other)) return parseRevision(other);
  const report = (await readFleet(store, keys)).reports.get(other)?.content;
  if (!report) throw new FleetError(`this fleet has no director ${other}`);
  if (!report.applied) throw new FleetError(`${other} has no revision yet`);
  return report.applied.revision;
}
