import type { Platform } from '../port.ts';
import { openFile, readSome, writeSome } from './descriptors.ts';
import { openNetlinkSocket } from './netlink-socket.ts';

/** The platform implementation for Node. Parts that few commands use are loaded when they are called. */
export const platform: Platform = {
  openNetlinkSocket,
  openFile,
  readSome,
  writeSome,
  lockFile: async (descriptor, timeout) => (await import('./lock-file.ts')).lockFile(descriptor, timeout),
  askResolver: async (...question) => (await import('./resolver.ts')).askResolver(...question),
  // V8's flags must not change after it has started (documentation of v8.setFlagsFromString).
  tuneForBulk: () => {},
  beginBulk: () => {},
  programName: async () => (await import('./program-name.ts')).programName(),
};
