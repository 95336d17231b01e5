import { platform } from '#platform';
import { errnos } from '../platform/errno.ts';
import { SystemCallError, TruncatedError } from '../platform/errors.ts';
import type { NetlinkSocket } from '../platform/netlink-socket.ts';
import { NetlinkError } from './errors.ts';

export type {
  NetlinkSocket as Transport,
  NetlinkSocketListener as TransportListener,
} from '../platform/netlink-socket.ts';

/**
 * Opens a netlink socket of `protocol` (`NETLINK_*`) in this process's network namespace.
 *
 * @throws {NetlinkError} `SYSTEM`, as a rejection, when the system refuses the socket.
 */
export async function openSocket(protocol: number): Promise<NetlinkSocket> {
  try {
    return await platform.openNetlinkSocket(protocol);
  } catch (error) {
    throw transportError(error);
  }
}

/** Returns the {@link NetlinkError} of what a transport threw or told: `OVERRUN`, `TRUNCATED` or `SYSTEM`. */
export function transportError(error: unknown): NetlinkError {
  if (error instanceof NetlinkError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof TruncatedError) return new NetlinkError('TRUNCATED', message, { cause: error });
  if (!(error instanceof SystemCallError)) return new NetlinkError('SYSTEM', message, { cause: error });
  const { errno } = error;
  const code = errno === errnos().ENOBUFS ? 'OVERRUN' : 'SYSTEM';
  return new NetlinkError(code, message, { errno, cause: error });
}
