import type { NetlinkError } from './errors.ts';

/** What a {@link Transport} tells its user. None of these may throw. */
export interface TransportListener {
  /**
   * A datagram came from `senderPort`; the kernel's is 0. It stands in `bytes` from `start` to `end`, lent for the time of the
   * call, which may happen inside {@link Transport.send}. Gives whether the answer that it belongs to has not ended yet, so that
   * there is more to be read.
   */
  datagram(bytes: Uint8Array, start: number, end: number, senderPort: number): boolean;
  /** Sending or receiving failed: `OVERRUN`, `TRUNCATED` or `SYSTEM`. The transport stays open. */
  error(error: NetlinkError): void;
}

/** Datagrams to the kernel and back over one netlink socket, and nothing of what is in them. */
export interface Transport {
  /** The port the kernel sends its answers to. */
  readonly port: number;
  /** How many bytes of answers can wait, by the kernel's own account (`SO_RCVBUF` as read back). */
  readonly receiveBufferSize: number;
  /** Names who is told of everything from now on. */
  listen(listener: TransportListener): void;
  /**
   * Sends the kernel datagrams that stand in `bytes` one behind the other, each up to its end, and each after as much of the
   * answers to those before as is known to come; the bytes must stay as they are until an answer has come. A request for a list
   * is refused with `EBUSY` while another list is being read.
   */
  send(bytes: Uint8Array, ends: readonly number[]): void;
  /** Ends it: nothing is told to the listener any more. Closing again does nothing. */
  close(): void;
}

/**
 * Bytes of answers a transport's socket is asked to hold. Whom the kernel does not let have more, it gives at most
 * `net.core.rmem_max`; it accounts twice what it gives.
 */
export const receiveBufferSize = 1024 * 1024;
