import type { ChalkInstance } from 'chalk';
import { drainProgress } from '../../../fleet/overrides/progress.ts';
import { type Attention, attentionOf } from '../../../fleet/status/attention.ts';
import type { DirectorStatus } from '../../../fleet/status/director-status.ts';
import { type FleetState, type FleetSurvey, surveyFleet } from '../../../fleet/status/fleet-state.ts';
import { followFleet } from '../../../fleet/status/follow.ts';
import { documentText, lineText } from '../../../json/text.ts';
import { counted } from '../../../rules/counted.ts';
import { status } from '../../status.ts';
import { untilSignal } from '../../stdio/until-signal.ts';
import { stageOf } from '../plans.ts';
import type { Register } from '../register.ts';
import type { Session } from '../session.ts';
import { drawTable, painter, plainText, troubleWriter } from '../table.ts';
import { localTime } from '../values.ts';

interface Options {
  readonly watch?: true;
  readonly exitCode?: true;
  readonly json?: true;
}

export const registerStatus: Register = (program, { onFleet }) => {
  program
    .command('status')
    .summary('show the rollout and all directors')
    .description('Show the rollout, and the target, the revision and the problems of each director.')
    .option('--watch', 'show it again whenever it changes')
    .option('--exit-code', 'exit with 1 if there is a problem')
    .option('--json', 'print JSON')
    .action((options: Options, command) =>
      onFleet(command, (session) => {
        return options.watch ? watch(session, options) : once(session, options);
      }),
    );
};

async function once({ store, keys, fleet: name, streams }: Session, options: Options): Promise<number> {
  const fleet = await surveyFleet(store, keys);
  const attention = attentionOf(fleet, Date.now());
  streams.out.write(
    options.json ? documentText(documentOf(fleet, attention)) : statusText(name, fleet, attention),
  );
  return options.exitCode && attention.isNeeded ? status.findings : status.done;
}

async function watch({ store, keys, fleet: name, streams }: Session, { json }: Options): Promise<number> {
  const onTrouble = troubleWriter(streams.err);
  const isScreen = !json && process.stdout.isTTY;
  let shown: string | undefined;
  await untilSignal((stop) =>
    followFleet({ store, keys, read: surveyFleet, stop, milliseconds: 60_000, onTrouble }, (fleet) => {
      const attention = attentionOf(fleet, Date.now());
      const text = json ? lineText(documentOf(fleet, attention)) : statusText(name, fleet, attention);
      // The screen is drawn again in any case, as other programs may have written to it.
      if (!isScreen && text === shown) return undefined;
      shown = text;
      streams.out.write(isScreen ? `\x1b[H\x1b[2J${text}` : text);
      streams.out.flush();
      return undefined;
    }),
  );
  return status.interrupted;
}

/** Formats the status of the fleet of a name as text. */
function statusText(name: string, fleet: FleetSurvey, { problems, directors }: Attention): string {
  const paint = painter();
  const heading = ['Director', 'Group', 'Target', 'Applied', 'Since', 'State'];
  const rows = directors.map((one) => row(one, paint));
  return [
    rolloutText(fleet),
    ...problems.map((text) => `${paint.red(plainText(`fleet ${name}: ${text}`))}\n`),
    overridesText(fleet),
    rows.length === 0 ? '' : drawTable(heading, rows, paint),
  ].join('');
}

function row(
  { name, group, target, applied, since, remarks }: DirectorStatus,
  paint: ChalkInstance,
): string[] {
  const colours = { wrong: paint.red, waiting: paint.yellow, well: paint.green };
  return [
    name,
    plainText(group ?? '-'),
    String(target ?? '-'),
    String(applied ?? '-'),
    since === undefined ? '-' : localTime(since),
    remarks.map(({ kind, text }) => colours[kind](plainText(text))).join('\n'),
  ];
}

function rolloutText({ rollout }: FleetState): string {
  if (!rollout) return '';
  const { revision, state, holder, changed, reason } = rollout.content;
  const detail = state === 'done' ? '' : `, ${stageOf(rollout.content)}`;
  const why = reason === undefined ? '' : `: ${plainText(reason)}`;
  return `rollout of revision ${revision}: ${state}${detail}, held by ${plainText(holder)}, ${localTime(changed)}${why}\n`;
}

function overridesText(fleet: FleetState): string {
  return [...fleet.overrides]
    .map(([server, { content, modRevision }]) => {
      const { drained, connections, refused } = drainProgress(fleet, { server, modRevision });
      const why = content.reason === '' ? '' : `: ${plainText(content.reason)}`;
      const verb = drained.length > 0 ? 'is' : 'is to be';
      const but = refused.size > 0 ? `, refused by ${[...refused.values()].flat().join(', ')}` : '';
      return `${plainText(server)} ${verb} drained by ${plainText(content.by)} since ${localTime(content.since)}${why}; ${counted(connections, 'connection')} left${but}\n`;
    })
    .join('');
}

/** Returns the status as a document for JSON. */
function documentOf(fleet: FleetSurvey, { problems, directors, isNeeded }: Attention) {
  const contents = <T>(map: ReadonlyMap<string, { readonly content: T }>) =>
    Object.fromEntries([...map].map(([name, { content }]) => [name, content]));
  return {
    wrong: isNeeded,
    problems,
    rollout: fleet.rollout?.content ?? null,
    directors: directors.map(({ isAlive, ...one }) => ({
      ...one,
      alive: isAlive,
      report: fleet.reports.get(one.name)?.content ?? null,
    })),
    overrides: contents(fleet.overrides),
  };
}
