import { sleep } from '../../rollout/sleep.ts';
import { counted } from '../../rules/counted.ts';
import { ClockWatch } from '../clock.ts';
import type { Report } from '../documents/report.ts';
import { renewalInterval } from '../documents/target.ts';
import type { Agent } from './agent.ts';
import { acceptStore } from './decide.ts';
import { type Memory, newMemory, withClockSet, withDrainTimeKept } from './memory.ts';
import { type Notify, Watchdog } from './notify.ts';
import type { Orders } from './orders.ts';
import { Pace } from './pace.ts';
import { tryToReport } from './report.ts';
import { Rest } from './rest.ts';
import { TroubleLog } from './trouble-log.ts';
import { type Turn, turn } from './turn.ts';
import { TurnLog } from './turn-log.ts';

/** Options of {@link runAgent}. */
export interface RunOptions {
  /** Boot id of the running kernel. */
  readonly boot: string;
  /** Whether to end after one turn. */
  readonly once: boolean;
  /** Whether to obey the present store even if it is another or an older one than before. */
  readonly accept: boolean;
  readonly notify: Notify;
  /** Takes the report of each turn, and when the store was last reached in a whole turn, in milliseconds since 1970. */
  readonly onTurn?: (report: Report, lastContact: number | undefined) => void;
}

/** First and longest interval between attempts to reach the store, or to deliver a report to it, in milliseconds. */
const firstRetry = 1000;
const longestRetry = 60_000;
/** Maximum number of lines logged of a refusal, which may have one for each line of a rule file. */
const maxLoggedLines = 10;
/** Maximum duration of a turn in milliseconds, without draining. */
const maxTurnTime = 120_000;

/** Runs an agent until it is told to end. Returns the report of its last turn. */
export async function runAgent(
  given: Agent,
  { boot, once, accept, notify, onTurn }: RunOptions,
): Promise<Report> {
  const turnLog = new TurnLog(given.log);
  const agent: Agent = { ...given, log: turnLog.log };
  const watchdog = new Watchdog(notify);
  const clock = new ClockWatch(agent.now);
  const pace = new Pace();
  let memory: Memory = agent.keeper.load() ?? newMemory(boot);
  if (accept) memory = acceptStore(memory);
  let last: Turn | undefined;
  let sent: string | undefined;
  let retry = firstRetry;
  const trouble = new TroubleLog(given.log);
  const resting = new Rest();
  let refusal: string | undefined;
  let drift = 0;
  let lastContact: number | undefined;
  try {
    // After a boot, clients need the table at once: restore it before the store is read.
    if (memory.boot !== boot) {
      last = await turn(agent, { memory }, { view: { kind: 'unreachable' }, overrides: undefined }, boot);
      memory = last.memory;
      refusal = logRefusal(given, refusal, last.report);
    }
    for (let isFirst = true; ; isFirst = false) {
      const pause = pace.next();
      watchdog.allow(pause + maxTurnTime);
      if (pause > 0) await sleep(pause, agent.stop);
      if (last && agent.stop.aborted) return last.report;
      turnLog.beginTurn();
      watchdog.allow(maxTurnTime);
      // Others see that the agent runs before the first turn, which may take long, and no other agent gets its name.
      if (isFirst && !once) await agent.orders.begin(() => watchdog.isInTime());
      const orders = await agent.orders.read(memory);
      // Where the store failed in the midst of the last turn, only a whole one shows that it can be used again.
      if (orders.trouble !== undefined || last?.trouble === undefined) trouble.note(orders.trouble);
      const contact = agent.now();
      watchdog.allow(maxTurnTime + drainTime(orders));
      const stepBefore = clock.step();
      memory = withDrainTimeKept(withClockSet(memory, stepBefore, agent.now()), stepBefore);
      const { confirm } = memory;
      last = await turn(agent, { ...last, memory }, orders, boot);
      const { report } = last;
      const turnTrouble = orders.trouble ?? last.trouble;
      trouble.note(turnTrouble);
      // A confirmation time that was set in this turn already follows the adjusted clock.
      const step = clock.step();
      memory = last.memory.confirm === confirm ? withClockSet(last.memory, step, agent.now()) : last.memory;
      memory = withDrainTimeKept(memory, step);
      if (last.wasReported || orders.isReportLost) sent = undefined;
      refusal = logRefusal(given, refusal, report);
      drift = logDrift(given, drift, report);
      if (orders.trouble === undefined) sent = await send(agent, report, sent);
      const isComplete = turnTrouble === undefined && sent !== undefined;
      if (isComplete) lastContact = contact;
      onTurn?.(report, lastContact);
      if (isFirst) notify('READY=1');
      if ((once && !last.isInterrupted) || agent.stop.aborted) return report;
      // The newer orders are already known; do not wait for them.
      if (last.isInterrupted) continue;
      retry = isComplete ? firstRetry : Math.min(2 * retry, longestRetry);
      const rest = orders.trouble === undefined ? resting.after(report) : Number.POSITIVE_INFINITY;
      const waitTime = Math.min(
        jitter(isComplete ? rest : Math.min(retry, rest)),
        untilConfirmed(agent, memory),
      );
      watchdog.allow(waitTime + maxTurnTime);
      await agent.orders.wait(orders, waitTime);
      if (agent.stop.aborted) return report;
    }
  } finally {
    notify('STOPPING=1');
    watchdog.end();
    await agent.orders.end();
  }
}

/** Logs a refusal that differs from the previous one. */
function logRefusal({ log }: Agent, before: string | undefined, { refusal }: Report): string | undefined {
  const reason = refusal?.reason;
  if (reason !== undefined && reason !== before) {
    const lines = reason.split('\n');
    for (const line of lines.slice(0, maxLoggedLines)) log(`refused, the table is unchanged: ${line}`);
    if (lines.length > maxLoggedLines) log(`and ${lines.length - maxLoggedLines} more`);
  }
  return reason;
}

/** Logs when the table begins to drift from its revision. Returns the number of commands that would correct the drift. */
function logDrift({ log }: Agent, before: number, { applied, drift: { commands, excerpt } }: Report): number {
  if (commands > 0 && before === 0) {
    const wanted =
      commands === 1 ? excerpt[0] : `${excerpt[0]}, and ${counted(commands - 1, 'more command')}`;
    log(`the table has drifted from revision ${applied?.revision}; to correct it: ${wanted}`);
  }
  return commands;
}

/** Sends a report if it differs from the last one sent. Returns the contents that the store has. */
async function send(agent: Agent, report: Report, sent: string | undefined): Promise<string | undefined> {
  const { time: _, ...facts } = report;
  const news = JSON.stringify(facts);
  if (news === sent) return sent;
  return (await tryToReport(agent, report)) ? news : undefined;
}

function drainTime({ view }: Orders): number {
  return view.kind === 'read' ? 1000 * (view.target?.content.drain ?? 0) : 0;
}

/**
 * Returns the milliseconds until the agent rolls back by itself, or looks whether it has longer; infinite if it need not, or if
 * rolling back has failed already.
 */
function untilConfirmed({ now }: Agent, { confirm }: Memory): number {
  const left = confirm ? Date.parse(confirm.by) - now() : 0;
  if (!confirm || left <= 0) return Number.POSITIVE_INFINITY;
  return Math.max(100, Math.min(left, renewalInterval(confirm.seconds)));
}

/** Varies an interval by up to 25 % either way, so that agents do not act all at the same time. */
function jitter(milliseconds: number): number {
  return milliseconds * (0.75 + Math.random() / 2);
}
