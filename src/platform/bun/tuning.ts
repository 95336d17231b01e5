import { unsafe } from 'bun';
import type { Code } from '../port.ts';
import { LibcNetlinkSocket } from './netlink-socket.ts';

/** Functions and classes to keep from the last compiler once bulk work begins; `undefined` from then on. */
let waiting: Code[] | undefined = [LibcNetlinkSocket];

/**
 * Once bulk work begins, keeps functions and methods from the last of JavaScriptCore's compilers, which takes longer than it saves
 * where 50,000 servers are listed once.
 */
export function tuneForBulk(...hot: readonly Code[]): void {
  if (waiting) waiting.push(...hot);
  else for (const code of hot) keepFromFTL(code);
}

/**
 * Has all code compiled sooner than the executable does by itself (`--compile-jit-policy`), but by the last compiler none that carries
 * a bulk loop.
 */
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
