import { errnoName } from '../platform/errno.ts';

/**
 * Kinds of failures, for programs; {@link NetlinkError.code} holds one of these.
 *
 * @example
 * const mayBeDone = (code: NetlinkErrorCode) => code === 'OVERRUN' || code === 'CLOSED';
 */
export type NetlinkErrorCode =
  /** The kernel answered the request with an errno. */
  | 'REFUSED'
  /** Answers were lost because the receive buffer was full (`ENOBUFS`): what was asked may have been done. */
  | 'OVERRUN'
  /** A list kept changing while a dump read it (`NLM_F_DUMP_INTR`), however often the dump was repeated. */
  | 'INTERRUPTED'
  /** A datagram was longer than the buffer it was received into. */
  | 'TRUNCATED'
  /** A message or attribute does not hold what it must. */
  | 'MALFORMED'
  /** A sound message that does not answer what was asked: another sender, type, port or sequence number. */
  | 'UNEXPECTED'
  /** The kernel has no generic-netlink family of that name: its module is not loaded. */
  | 'FAMILY_NOT_FOUND'
  /** A system call on the socket failed. */
  | 'SYSTEM'
  /** The connection was closed before the answer came. */
  | 'CLOSED';

/** The facts that go with a {@link NetlinkError}, as far as they are known. */
export interface NetlinkErrorFacts {
  readonly errno?: number;
  readonly sequence?: number;
  readonly cause?: unknown;
}

/**
 * The one kind of error that talking to the kernel gives. Its message is for developers.
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

  /** The kernel's answer to request `sequence` was `errno`. */
  static refused(errno: number, sequence: number): NetlinkError {
    const message = `the kernel refused request ${sequence}: ${errnoName(errno)}`;
    return new NetlinkError('REFUSED', message, { errno, sequence });
  }
}

/**
 * The outcome of one request of a batch: `undefined` when the kernel did it, else why it did not.
 *
 * @example
 * const refusals = (outcomes: readonly Outcome[]) => outcomes.filter(Boolean).length;
 */
export type Outcome = NetlinkError | undefined;
