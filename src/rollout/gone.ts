import { NetlinkError } from '../netlink/errors.ts';
import { ENOENT, ESRCH } from '../platform/errno.ts';

/** Whether the kernel refused a request because its service, server or daemon does not exist (any more). */
export function isGone(error: unknown): boolean {
  return error instanceof NetlinkError && (error.errno === ENOENT || error.errno === ESRCH);
}

/** Ignores that a service, server or daemon does not exist any more; throws any other error. */
export function ignoreGone(error: unknown): void {
  if (!isGone(error)) throw error;
}
