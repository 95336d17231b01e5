import { errnoName } from '../platform/errno.ts';

/**
 * Kind of a failure, for programs to test: the value of {@link NetlinkError.code}.
 *
 * @example
 * const mayBeDone = (code: NetlinkErrorCode) => code === 'OVERRUN' || code === 'CLOSED';
 */
export type NetlinkErrorCode =
  /** The kernel answered the request with an errno. */
  | 'REFUSED'
  /** Answers were lost because the receive buffer was full (`ENOBUFS`): the request may have been carried out. */
  | 'OVERRUN'
  /** A list changed during every attempt to dump it (`NLM_F_DUMP_INTR`). */
  | 'INTERRUPTED'
  /** A datagram was longer than the buffer it was received into. */
  | 'TRUNCATED'
  /** A message or attribute could not be decoded. */
  | 'MALFORMED'
  /** A well-formed message that does not match the request: another sender, type, port or sequence number. */
  | 'UNEXPECTED'
  /** The kernel has no generic netlink family of that name: its module is not loaded. */
  | 'FAMILY_NOT_FOUND'
  /** A system call on the socket failed. */
  | 'SYSTEM'
  /** The connection was closed before the answer arrived. */
  | 'CLOSED';

/** Details of a {@link NetlinkError}, as far as they are known. */
export interface NetlinkErrorFacts {
  readonly errno?: number;
  readonly sequence?: number;
  readonly cause?: unknown;
}

/**
 * Base class of all errors of communication with the kernel. Its message is for developers.
 *
 * @example
 * const ipvs = await Ipvs.open({ loadModule: false }).catch((error: unknown) => {
 *   if (error instanceof NetlinkError && error.code === 'FAMILY_NOT_FOUND') return undefined;
 *   throw error;
 * });
 */
export class NetlinkError extends Error {
  override readonly name: string = 'NetlinkError';
  readonly code: NetlinkErrorCode;
  /** The errno, positive, as in `errno(3)`. */
  readonly errno: number | undefined;
  /** The symbolic name of the errno, such as `EEXIST`. */
  readonly errnoName: string | undefined;
  /** Sequence number of the request that failed. */
  readonly sequence: number | undefined;

  constructor(code: NetlinkErrorCode, message: string, facts: NetlinkErrorFacts = {}) {
    super(message, 'cause' in facts ? { cause: facts.cause } : undefined);
    this.code = code;
    this.errno = facts.errno;
    this.errnoName = facts.errno === undefined ? undefined : errnoName(facts.errno);
    this.sequence = facts.sequence;
  }

  /** Returns the error for a request that the kernel refused with an errno. */
  static refused(errno: number, sequence: number): NetlinkError {
    const message = `the kernel refused request ${sequence}: ${errnoName(errno)}`;
    return new NetlinkError('REFUSED', message, { errno, sequence });
  }
}

/**
 * Outcome of one request of a batch: `undefined` on success, otherwise the reason why the kernel refused it.
 *
 * @example
 * const refusals = (outcomes: readonly Outcome[]) => outcomes.filter(Boolean).length;
 */
export type Outcome = NetlinkError | undefined;
