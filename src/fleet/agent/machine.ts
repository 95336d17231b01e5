import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Machine that an agent runs on. */
export interface Machine {
  /** Identity that no other director has at the same time, and that lasts until the machine is started again. */
  readonly id: string;
  /** Name for people. */
  readonly host: string;
}

/** Returns the boot id of the running kernel (random(4)). */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/**
 * Returns the machine of this process. Its identity is made of what differs even between a machine and its clone: the boot id, and
 * the network namespace, of which each has a table of its own (network_namespaces(7)).
 */
export function machineHere(): Machine {
  return { id: `${bootId()} ${networkNamespace()}`, host: hostname() };
}

/** Returns the network namespace, such as `net:[4026531840]`; `net` for a kernel without namespaces. */
function networkNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/net');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'net';
    throw error;
  }
}
