import { unsafe } from 'bun';
import type { Code } from '../port.ts';
import { LibcNetlinkSocket } from './netlink-socket.ts';

/** Functions and classes to exclude from the top compiler once bulk work begins; `undefined` from then on. */
let waiting: Code[] | undefined = [LibcNetlinkSocket];

/**
 * Implements {@link Platform.tuneForBulk}: once bulk work begins, excludes functions and methods from JavaScriptCore's top
 * compiler, FTL, which takes longer than it saves when 50,000 servers are listed once.
 */
export function tuneForBulk(...hot: readonly Code[]): void {
  if (waiting) waiting.push(...hot);
  else for (const code of hot) keepFromFTL(code);
}

/**
 * Implements {@link Platform.beginBulk}: compiles all code sooner than the executable does by default
 * (`--compile-jit-policy`), but excludes bulk loops from the top compiler.
 */
export function beginBulk(): void {
  if (!waiting) return;
  const hot = waiting;
  waiting = undefined;
  unsafe.setJITPolicy(bulkPolicy);
  for (const code of hot) keepFromFTL(code);
}

function keepFromFTL(code: Code): void {
  // Loaded on demand, as most commands do not need it.
  const { noFTL } = process.getBuiltinModule('bun:jsc') as typeof import('bun:jsc');
  noFTL(code);
  for (const member of membersOf(code.prototype ?? {})) noFTL(member);
}

/** Scales the number of runs after which code is compiled; 1 is the runtime's default. */
const bulkPolicy = 3;

/** Returns the methods and getters of a prototype. */
function membersOf(prototype: object): readonly object[] {
  const { constructor: _, ...members } = Object.getOwnPropertyDescriptors(prototype) as Record<
    string,
    PropertyDescriptor
  >;
  return Object.values(members).map(({ get, value }) => get ?? value);
}
