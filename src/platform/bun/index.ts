import type { Platform } from '../port.ts';
import { openFile, readSome, writeSome } from './descriptors.ts';
import { openNetlinkSocket } from './netlink-socket.ts';
import { beginBulk, tuneForBulk } from './tuning.ts';

/** The platform implementation for the executable's runtime. Parts that few commands use are loaded when they are called. */
export const platform: Platform = {
  openNetlinkSocket,
  openFile,
  readSome,
  writeSome,
  lockFile: async (descriptor, timeout) => (await import('./lock-file.ts')).lockFile(descriptor, timeout),
  askResolver: async (...question) => (await import('./resolver.ts')).askResolver(...question),
  tuneForBulk,
  beginBulk,
  programName: async () => process.argv0,
};
