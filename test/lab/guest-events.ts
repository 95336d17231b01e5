/** The result of a test in the guest, with its subtests. */
export interface GuestTest {
  readonly name: string;
  readonly skip: string | boolean;
  readonly todo: string | boolean;
  readonly suite: boolean;
  /** Why the test failed; undefined if it passed, or failed only because its subtests did. */
  readonly error: GuestError | undefined;
  /** Diagnostic messages of the test. */
  readonly diagnostics: readonly string[];
  readonly children: readonly GuestTest[];
}

export interface GuestError {
  readonly message: string;
  readonly stack: string;
}

/** A line of the guest's reporter: a test has begun or ended, or a diagnostic message of an ended test. */
export type GuestEvent =
  | { readonly kind: 'start'; readonly nesting: number; readonly name: string }
  | ({ readonly kind: 'end'; readonly nesting: number } & Omit<GuestTest, 'diagnostics' | 'children'>)
  | { readonly kind: 'diagnostic'; readonly nesting: number; readonly message: string };

/** The character that marks an event amid the output of the tests themselves (RFC 7464). */
const separator = '\u001e';

/** Encodes an event as a line of the guest's stdout. */
export function encodeEvent(event: GuestEvent): string {
  return `${separator}${JSON.stringify(event)}\n`;
}

/** The decoded stdout of a guest. */
export interface GuestReport {
  /** The tests that have ended. */
  readonly tests: readonly GuestTest[];
  /** The tests that have begun but not ended, the outermost first. */
  readonly unfinished: readonly string[];
  /** The output of the tests themselves. */
  readonly output: string;
}

/** Decodes a guest's stdout. */
export function decodeEvents(stdout: string): GuestReport {
  const [first = '', ...rest] = stdout.split(separator);
  const output = [first];
  const levels: (GuestTest & { readonly diagnostics: string[] })[][] = [[]];
  let unfinished: string[] = [];
  for (const part of rest) {
    const end = part.indexOf('\n');
    if (end < 0) break; // the guest died within this line
    output.push(part.slice(end + 1));
    const event = JSON.parse(part.slice(0, end)) as GuestEvent;
    unfinished = unfinished.slice(0, event.nesting);
    if (event.kind === 'start') {
      unfinished.push(event.name);
      levels[event.nesting + 1] = [];
    } else if (event.kind === 'end') {
      const { kind: _kind, nesting, ...test } = event;
      levels[nesting]?.push({ ...test, diagnostics: [], children: levels[nesting + 1] ?? [] });
    } else {
      levels[event.nesting]?.at(-1)?.diagnostics.push(event.message);
    }
  }
  return { tests: levels[0] ?? [], unfinished, output: output.join('') };
}
