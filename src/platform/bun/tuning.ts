import { unsafe } from 'bun';
import type { Code } from '../port.ts';
import { LibcNetlinkSocket } from './netlink-socket.ts';

/**
 * Keeps functions and methods from the last of JavaScriptCore's compilers, which takes longer than it saves where 50,000 servers
 * are listed once, and has all code compiled sooner than the executable does by itself (`--compile-jit-policy`).
 */
export function tuneForBulk(...hot: readonly Code[]): void {
  if (!isBulk) {
    isBulk = true;
    unsafe.setJITPolicy(bulkPolicy);
    keepFromFTL(LibcNetlinkSocket);
  }
  for (const code of hot) keepFromFTL(code);
}

let isBulk = false;

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
