import { encodeEvent, type GuestError, type GuestEvent } from './guest-events.ts';

/** The part of node's test events that is passed on. */
interface RunnerEvent {
  readonly type: string;
  readonly data: {
    readonly name: string;
    readonly message: string;
    readonly nesting: number;
    readonly skip?: string | boolean;
    readonly todo?: string | boolean;
    readonly details: { readonly type?: string; readonly error?: RunnerError };
  };
}

interface RunnerError {
  readonly message: string;
  readonly failureType?: string;
  readonly cause?: unknown;
}

/** A reporter for `node --test-reporter`: reports the result of each test in the guest to the machine outside. */
export default async function* guestReporter(source: AsyncIterable<RunnerEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    const passed = translate(event);
    if (passed) yield encodeEvent(passed);
  }
}

function translate({ type, data }: RunnerEvent): GuestEvent | undefined {
  if (type === 'test:start') return { kind: 'start', nesting: data.nesting, name: data.name };
  if (type === 'test:diagnostic') return { kind: 'diagnostic', nesting: data.nesting, message: data.message };
  if (type !== 'test:pass' && type !== 'test:fail') return undefined;
  const { name, nesting, skip = false, todo = false, details } = data;
  const error = details.error && translateError(details.error);
  return { kind: 'end', nesting, name, skip, todo, suite: details.type === 'suite', error };
}

function translateError({ message, failureType, cause }: RunnerError): GuestError | undefined {
  if (failureType === 'subtestsFailed') return undefined;
  if (!(cause instanceof Error)) return { message, stack: message };
  return { message: cause.message, stack: cause.stack ?? cause.message };
}
