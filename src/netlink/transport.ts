import { platform } from '#platform';
import { ENOBUFS } from '../platform/errno.ts';
import { SystemCallError, TruncatedError } from '../platform/errors.ts';
import type { Transport } from '../platform/netlink-socket.ts';
import { NetlinkError } from './errors.ts';
import type { Describe } from './trace/names.ts';

export type { Transport, TransportListener } from '../platform/netlink-socket.ts';

/**
 * Opens a netlink socket of `protocol` (`NETLINK_*`) in this process's network namespace. With `IPVSADM_TRACE=netlink` in the
 * environment, it prints all messages on standard error; `loadNames` loads the function that describes them.
 *
 * @throws {NetlinkError} `SYSTEM`, as a rejection, when the system refuses the socket.
 * @throws {Error} as a rejection, when `IPVSADM_TRACE` has any other value.
 */
export async function openSocket(
  protocol: number,
  loadNames: () => Promise<Describe> = async () => () => undefined,
): Promise<Transport> {
  const traced = process.env.IPVSADM_TRACE;
  if (!traced) return openUntraced(protocol);
  const { checkTrace, tracedSocket } = await import('./trace/traced-socket.ts');
  checkTrace(traced);
  const describe = await loadNames();
  return tracedSocket(await openUntraced(protocol), describe);
}

async function openUntraced(protocol: number): Promise<Transport> {
  try {
    return await platform.openNetlinkSocket(protocol);
  } catch (error) {
    throw transportError(error);
  }
}

/** Converts an error thrown or reported by a transport to a {@link NetlinkError}: `OVERRUN`, `TRUNCATED` or `SYSTEM`. */
export function transportError(error: unknown): NetlinkError {
  if (error instanceof NetlinkError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof TruncatedError) return new NetlinkError('TRUNCATED', message, { cause: error });
  if (!(error instanceof SystemCallError)) return new NetlinkError('SYSTEM', message, { cause: error });
  const { errno } = error;
  const code = errno === ENOBUFS ? 'OVERRUN' : 'SYSTEM';
  return new NetlinkError(code, message, { errno, cause: error });
}
