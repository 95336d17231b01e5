import { setFlagsFromString } from 'node:v8';

/**
 * Has functions that run often, whichever these are, be compiled with less of what they call. V8 takes in so much of it by
 * default that compiling takes longer, where a table is listed once, than it ever saves: lists of 50,000 servers take a fifth
 * less time so.
 */
export function compileQuickly(_busy: readonly object[]): void {
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=200');
}
