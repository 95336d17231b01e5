import { unsafe } from 'bun';
import type { Code } from '../port.ts';
import { LibcNetlinkSocket } from './netlink-socket.ts';

/** What carries bulk loops, until bulk work begins. */
let waiting: Code[] | undefined = [LibcNetlinkSocket];

/**
 * Keeps functions and methods from the last of JavaScriptCore's compilers, which takes longer than it saves where 50,000 servers
 * are listed once, from when bulk work begins.
 */
export function tuneForBulk(...hot: readonly Code[]): void {
  if (waiting) waiting.push(...hot);
  else for (const code of hot) keepFromFTL(code);
}

/** Has all code compiled sooner than the executable does by itself (`--compile-jit-policy`), as {@link Platform.beginBulk} says. */
export function beginBulk(): void {
  if (!waiting) return;
  const hot = waiting;
  waiting = undefined;
  unsafe.setJITPolicy(bulkPolicy);
  for (const code of hot) keepFromFTL(code);
}

function keepFromFTL(code: Code): void {
  // Not imported, as most commands need none of it.
  const { noFTL } = process.getBuiltinModule('bun:jsc') as typeof import('bun:jsc');
  noFTL(code);
  for (const member of membersOf(code.prototype ?? {})) noFTL(member);
}

/** Scales the number of runs after which code is compiled; 1 is the runtime's own. */
const bulkPolicy = 3;

/** Returns the methods and getters of a prototype. */
function membersOf(prototype: object): readonly object[] {
  const { constructor: _, ...members } = Object.getOwnPropertyDescriptors(prototype) as Record<
    string,
    PropertyDescriptor
  >;
  return Object.values(members).map(({ get, value }) => get ?? value);
}
