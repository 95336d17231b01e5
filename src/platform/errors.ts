import { errnoName } from './errno.ts';

/** A system call failed. */
export class SystemCallError extends Error {
  override readonly name = 'SystemCallError';
  /** The name of the call, such as `sendto`. */
  readonly call: string;
  /** The errno, positive. */
  readonly errno: number;

  constructor(call: string, errno: number, cause?: unknown) {
    super(`${call}: ${errnoName(errno)}`, cause === undefined ? undefined : { cause });
    this.call = call;
    this.errno = errno;
  }
}

/** Returns the errno of a failed system call, positive, though Node's errors have it negative; `undefined` for any other error. */
export function errnoOf(error: unknown): number | undefined {
  const { errno } = Object(error) as { readonly errno?: unknown };
  return typeof errno === 'number' ? Math.abs(errno) : undefined;
}

/** A datagram was longer than the buffer it was received into. */
export class TruncatedError extends Error {
  override readonly name = 'TruncatedError';
}
