import type { Placed, Removed } from '../../fleet/overrides/change.ts';
import { type DrainProgress, drainProgress, stillListedOn } from '../../fleet/overrides/progress.ts';
import { type FleetState, readFleet } from '../../fleet/status/fleet-state.ts';
import { followFleet } from '../../fleet/status/follow.ts';
import { withAnySignal } from '../../rollout/any-signal.ts';
import { counted } from '../../rules/counted.ts';
import { status } from '../status.ts';
import type { Session } from './session.ts';
import { plainText, troubleWriter } from './table.ts';

/** Milliseconds within which agents that run have usually answered. */
const answerTime = 5000;

/** Waits for the directors' answers or, with `isLong`, until all have drained the server, and says how far they are. */
export async function followDraining(
  session: Session,
  placed: Placed,
  isLong: boolean,
  stop: AbortSignal,
): Promise<number> {
  const { server, modRevision } = placed;
  let last = '';
  const fleet = await follow(session, isLong ? Number.POSITIVE_INFINITY : answerTime, stop, (now) => {
    const progress = drainProgress(now, placed);
    if (now.overrides.get(server)?.modRevision !== modRevision) return true;
    const { connections, unanswered, offline } = progress;
    if (!isLong) return unanswered.length === 0;
    if (connections + unanswered.length + offline.length === 0) return true;
    const text = progressText(progress);
    if (text !== last) say(session, text);
    last = text;
    return false;
  });
  if (stop.aborted) {
    say(session, `${server} stays drained; ${hint(server)}`);
    return status.interrupted;
  }
  if (fleet.overrides.get(server)?.modRevision !== modRevision) {
    say(session, `${server} was undrained by somebody else`);
    return status.findings;
  }
  return reportDraining(session, server, drainProgress(fleet, placed));
}

function progressText({ connections, unanswered, offline, refused }: DrainProgress): string {
  const missing = [...unanswered, ...offline];
  const refusing = [...refused.values()].flat();
  return [
    `${counted(connections, 'connection')} left`,
    ...(missing.length > 0 ? [`no report yet from ${missing.join(', ')}`] : []),
    ...(refusing.length > 0 ? [`refused by ${refusing.join(', ')}`] : []),
  ].join('; ');
}

/** Says on which directors a server is drained, and on which it is not. */
function reportDraining(session: Session, server: string, progress: DrainProgress): number {
  const { drained, servers, connections, unanswered, offline, refused, unmanaged } = progress;
  const where = `${counted(drained.length, 'director')}, ${counted(connections, 'connection')} left`;
  const done = drained.length === 0 ? `draining ${server} was requested` : `${server} is drained on ${where}`;
  session.streams.out.write(`${done}; ${hint(server)}\n`);
  session.streams.out.flush();
  const missing = [...unanswered, ...offline];
  if (missing.length > 0) say(session, `no report yet from ${missing.join(', ')}`);
  if (unmanaged.length > 0) say(session, `no revision has been applied yet on ${unmanaged.join(', ')}`);
  for (const [reason, names] of refused) say(session, `not drained on ${names.join(', ')}: ${reason}`);
  const isNowhere = drained.length > 0 && servers === 0;
  if (isNowhere) say(session, `no server ${server} on ${drained.join(', ')}`);
  return refused.size > 0 || isNowhere ? status.findings : status.done;
}

/** Waits until the directors that run have put a server back, and says whether it is in service. */
export async function followUndraining(
  session: Session,
  { server, covering }: Removed,
  stop: AbortSignal,
): Promise<number> {
  const fleet = await follow(session, answerTime, stop, (now) => {
    return now.overrides.has(server) || stillListedOn(now, server).online.length === 0;
  });
  if (fleet.overrides.has(server)) {
    say(session, `${server} was drained again by somebody else`);
    return status.findings;
  }
  const { online, offline } = stillListedOn(fleet, server);
  const but = covering.length === 0 ? '' : ', except where other drains apply';
  const result =
    online.length === 0 ? `${server} is in service again${but}` : `undraining ${server} was requested`;
  session.streams.out.write(`${result}\n`);
  session.streams.out.flush();
  for (const other of covering) {
    const { by = '', reason = '' } = fleet.overrides.get(other)?.content ?? {};
    const why = reason === '' ? '' : `: ${reason}`;
    say(session, `${other} is still drained by ${by}${why}; ${hint(other)}`);
  }
  const missing = [...online, ...offline];
  if (missing.length > 0) say(session, `no report yet from ${missing.join(', ')}`);
  return covering.length > 0 ? status.findings : status.done;
}

/** Reads the fleet whenever it changes, until `isDone` or the time is up. Returns it as it was read last. */
async function follow(
  { store, keys, streams: { err } }: Session,
  milliseconds: number,
  stop: AbortSignal,
  isDone: (fleet: FleetState) => boolean,
): Promise<FleetState> {
  let last = await readFleet(store, keys);
  const over = new AbortController();
  const timer = Number.isFinite(milliseconds) ? setTimeout(() => over.abort(), milliseconds) : undefined;
  const options = { store, keys, read: readFleet, milliseconds: 10_000, onTrouble: troubleWriter(err) };
  try {
    await withAnySignal([stop, over.signal], (signal) =>
      followFleet({ ...options, stop: signal }, (fleet) => {
        last = fleet;
        return isDone(fleet) || undefined;
      }),
    );
  } finally {
    clearTimeout(timer);
  }
  return last;
}

function hint(server: string): string {
  return `to put it back: ipvsadm-fleet undrain ${server}`;
}

function say({ streams: { err } }: Session, sentence: string): void {
  err.write(`${plainText(sentence)}\n`);
  err.flush();
}
