import { counted } from '../../rules/counted.ts';
import { ClockWatch } from '../clock.ts';
import type { Report } from '../documents/report.ts';
import type { Agent } from './agent.ts';
import { acceptStore } from './decide.ts';
import { type Memory, newMemory, withClockSet } from './memory.ts';
import { type Notify, Watchdog } from './notify.ts';
import type { Orders } from './orders.ts';
import { tryToReport } from './report.ts';
import { type Turn, turn } from './turn.ts';
import { TurnLog } from './turn-log.ts';

/** How {@link runAgent} runs. */
export interface RunOptions {
  /** Identity of the running kernel's start. */
  readonly boot: string;
  /** End after one turn. */
  readonly once: boolean;
  /** Obey the store that is there, whatever it was before. */
  readonly accept: boolean;
  readonly notify: Notify;
  /** Takes what each turn found, and when the store was last heard of, in milliseconds since 1970. */
  readonly onTurn?: (report: Report, contact: number | undefined) => void;
}

/** Milliseconds between two looks at the store when nothing changes: what a watch has missed is found then. */
const quietTime = 60_000;
/** Between two looks while connections end, or somebody else has the table locked. */
const busyTime = 2000;
/** First and longest time between two tries of a store that cannot be reached. */
const firstRetry = 1000;
const longestRetry = 60_000;
/** Lines of a refusal that are logged: there may be one for each line of a file. */
const loggedLines = 10;
/** Longest time that a turn takes, beside draining. */
const turnTime = 120_000;

/** Runs an agent until it is told to end. Returns the report of its last turn. */
export async function runAgent(
  given: Agent,
  { boot, once, accept, notify, onTurn }: RunOptions,
): Promise<Report> {
  const turnLog = new TurnLog(given.log);
  const agent: Agent = { ...given, log: turnLog.say };
  const watchdog = new Watchdog(notify);
  const clock = new ClockWatch(agent.now);
  let memory: Memory = agent.keeper.load() ?? newMemory(boot);
  if (accept) memory = acceptStore(memory);
  let last: Turn | undefined;
  let sent: string | undefined;
  let retry = firstRetry;
  let trouble: string | undefined;
  let refusal: string | undefined;
  let drift = 0;
  let contact: number | undefined;
  try {
    // After a start of the machine clients wait for the table, not for the store.
    if (memory.boot !== boot) {
      last = await turn(agent, { memory }, { view: { kind: 'unreachable' }, overrides: undefined }, boot);
      memory = last.memory;
      refusal = tellRefusal(given, refusal, last.report);
    }
    for (let isFirst = true; ; isFirst = false) {
      turnLog.beginTurn();
      watchdog.allow(turnTime);
      const orders = await agent.orders.read(memory);
      trouble = tellTrouble(given, trouble, orders);
      if (orders.trouble === undefined) contact = agent.now();
      watchdog.allow(turnTime + drainTime(orders));
      memory = withClockSet(memory, clock.step(), agent.now());
      // The first turn may take long, too.
      if (isFirst && !once) agent.orders.begin();
      const { confirm } = memory;
      last = await turn(agent, { ...last, memory }, orders, boot);
      const { report } = last;
      // A time that began in this turn is one of the clock as it is now.
      const step = clock.step();
      memory = last.memory.confirm === confirm ? withClockSet(last.memory, step, agent.now()) : last.memory;
      if (last.wasReported) sent = undefined;
      refusal = tellRefusal(given, refusal, report);
      drift = tellDrift(given, drift, report);
      if (orders.trouble === undefined) sent = await send(agent, report, sent);
      onTurn?.(report, contact);
      if (isFirst) notify('READY=1');
      if ((once && !last.isInterrupted) || agent.stop.aborted) return report;
      // What else is wanted is known already.
      if (last.isInterrupted) continue;
      retry = orders.trouble === undefined ? firstRetry : Math.min(2 * retry, longestRetry);
      const patience = Math.min(
        jitter(orders.trouble === undefined ? restTime(report) : retry),
        untilConfirmed(agent, memory),
      );
      watchdog.allow(patience + turnTime);
      await agent.orders.wait(orders, patience);
      if (agent.stop.aborted) return report;
    }
  } finally {
    notify('STOPPING=1');
    watchdog.end();
    await agent.orders.end();
  }
}

/** Logs why the store cannot be reached, and when it can again. */
function tellTrouble({ log }: Agent, before: string | undefined, { trouble }: Orders): string | undefined {
  if (trouble !== undefined && trouble !== before) log(`the table stays as it is: ${trouble}`);
  if (trouble === undefined && before !== undefined) log('the store is there again');
  return trouble;
}

/** Logs a refusal that is another one than before. */
function tellRefusal({ log }: Agent, before: string | undefined, { refusal }: Report): string | undefined {
  const reason = refusal?.reason;
  if (reason !== undefined && reason !== before) {
    const lines = reason.split('\n');
    for (const line of lines.slice(0, loggedLines)) log(`refused, the table is what it was: ${line}`);
    if (lines.length > loggedLines) log(`and ${lines.length - loggedLines} more`);
  }
  return reason;
}

/** Logs when the table begins to differ from its revision. Returns how many commands would make it equal. */
function tellDrift(
  { log }: Agent,
  before: number,
  { applied, drift: { commands, excerpt } }: Report,
): number {
  if (commands > 0 && before === 0) {
    const wanted =
      commands === 1 ? excerpt[0] : `${excerpt[0]}, and ${counted(commands - 1, 'more command')}`;
    log(`the table differs from revision ${applied?.revision}, which wants: ${wanted}`);
  }
  return commands;
}

/** Sends a report that says something new. Returns what the store has. */
async function send(agent: Agent, report: Report, sent: string | undefined): Promise<string | undefined> {
  const { time: _, ...facts } = report;
  const news = JSON.stringify(facts);
  if (news === sent) return sent;
  return (await tryToReport(agent, report)) ? news : undefined;
}

function drainTime({ view }: Orders): number {
  return view.kind === 'read' ? 1000 * (view.target?.content.drain ?? 0) : 0;
}

function restTime({ overrides, refusal }: Report): number {
  const isBusy = refusal?.code === 'locked' || overrides.some(({ connections }) => connections > 0);
  return isBusy ? busyTime : quietTime;
}

/** Milliseconds until the agent goes back by itself. Where it could not, there is no hurry. */
function untilConfirmed({ now }: Agent, { confirm }: Memory): number {
  const left = confirm ? Date.parse(confirm.by) - now() : 0;
  return left > 0 ? Math.max(100, left) : Number.POSITIVE_INFINITY;
}

/** Makes agents that do the same at the same time do it at different ones. */
function jitter(milliseconds: number): number {
  return milliseconds * (0.75 + Math.random() / 2);
}
