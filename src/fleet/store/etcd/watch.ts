import type { IncomingMessage } from 'node:http';
import { StoreError } from '../error.ts';
import type { WatchResult } from '../store.ts';
import { watchAnswer } from './answers.ts';
import type { Gateway, Stream } from './gateway.ts';
import { Refusal, refusal } from './refusal.ts';

/** Length in bytes above which an incomplete line can only be a change with its values. */
const lineLimit = 64 * 1024;

/** A range and the revision to watch it from, in the gateway's encoding. */
interface WatchRequest {
  readonly key: string;
  readonly range_end?: string;
  readonly start_revision: string;
}

/** Watches until something changes, the time is up or the signal is aborted. */
export async function watchPath(
  gateway: Gateway,
  request: WatchRequest,
  signal: AbortSignal,
  milliseconds: number,
): Promise<WatchResult> {
  if (signal.aborted) return 'quiet';
  const ending = new AbortController();
  const end = () => ending.abort();
  const timer = setTimeout(end, milliseconds);
  signal.addEventListener('abort', end);
  let stream: Stream | undefined;
  try {
    const body = { create_request: request };
    // Makes a member without a leader end the watch, instead of keeping silent while it misses all changes.
    const headers = { 'Grpc-Metadata-hasleader': 'true' };
    const open = async () => {
      stream = await gateway.stream('/v3/watch', body, headers, ending.signal);
      return firstResult(gateway, stream.answer);
    };
    const result = await open().catch(async (error: unknown) => {
      if (!(error instanceof Refusal) || error.remedy !== 'authenticate') throw error;
      await gateway.renewToken();
      return open();
    });
    if (result) return result;
    throw new StoreError('unreachable', gateway.name, 'the watch was ended');
  } catch (error) {
    if (ending.signal.aborted) return 'quiet';
    stream?.leaveMember();
    if (error instanceof StoreError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError('unreachable', gateway.name, `the watch was ended: ${reason}`, { cause: error });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    ending.abort();
  }
}

async function firstResult(gateway: Gateway, stream: IncomingMessage): Promise<WatchResult | undefined> {
  let rest = '';
  for await (const part of stream.setEncoding('utf8')) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const result = readLine(gateway, line);
      if (result) return result;
    }
    if (rest.length > lineLimit) return 'changed';
  }
  return undefined;
}

/** Decodes a line of the stream; undefined if it only confirms that the watch has begun. */
function readLine(gateway: Gateway, line: string): WatchResult | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (cause) {
    throw new StoreError('corrupt', gateway.name, 'its watch answer is not from etcd', { cause });
  }
  const { success, data } = watchAnswer.safeParse(parsed);
  if (!success) throw refusal(gateway.name, 200, line);
  const { events, canceled, compact_revision, cancel_reason } = data.result;
  if (compact_revision > 0n) return 'compacted';
  if (canceled) throw refusal(gateway.name, 200, JSON.stringify({ message: cancel_reason }));
  return events.length > 0 ? 'changed' : undefined;
}
