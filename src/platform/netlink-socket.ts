/**
 * Receives what a {@link Transport} has to tell. Its methods must not throw.
 *
 * @example
 * const listener: TransportListener = {
 *   datagram(bytes, start, end) {
 *     console.log(end - start, 'bytes');
 *     return false;
 *   },
 *   error: console.error,
 * };
 */
export interface TransportListener {
  /**
   * A datagram came from the port `senderPort`; the kernel's is 0. The datagram stands in `bytes` from `start` to `end` and is
   * valid until this method returns. It may be called inside {@link Transport.send}.
   *
   * Returns whether more datagrams of the same answer are to come, so that the socket reads on.
   */
  datagram(bytes: Uint8Array, start: number, end: number, senderPort: number): boolean;
  /** Sending or receiving failed, as a rule with `SystemCallError` or `TruncatedError`. The socket stays open. */
  error(error: Error): void;
}

/**
 * Carries datagrams to the kernel and back over one netlink socket, whatever they contain.
 *
 * @example
 * // Keeps what is sent.
 * const recorded = (inner: Transport, sent: Uint8Array[]): Transport => ({
 *   port: inner.port,
 *   receiveBufferSize: inner.receiveBufferSize,
 *   listen: (listener) => inner.listen(listener),
 *   send(bytes, ends) {
 *     sent.push(bytes.slice());
 *     inner.send(bytes, ends);
 *   },
 *   close: () => inner.close(),
 * });
 */
export interface Transport {
  /** The port that the kernel sends its answers to. */
  readonly port: number;
  /** Bytes of answers that can wait, as the kernel counts them (`SO_RCVBUF` as read back). */
  readonly receiveBufferSize: number;
  /** Sets who is told of everything from now on. */
  listen(listener: TransportListener): void;
  /**
   * Sends datagrams to the kernel. They stand in `bytes` one behind the other; `ends` has the offset behind each. Each is sent
   * once the answers to those before it have ended, as far as these come at once. The bytes must not change before an answer
   * has come. The kernel refuses a request for a list with `EBUSY` while another list is being read.
   *
   * Datagrams of an earlier call that have not been sent yet are forgotten; without any new ones that is all that is done.
   */
  send(bytes: Uint8Array, ends: readonly number[]): void;
  /** Closes the socket; the listener is told nothing any more. Closing again does nothing. */
  close(): void;
}

/**
 * Bytes of answers that a socket is asked to hold. Without `CAP_NET_ADMIN` the kernel grants at most `net.core.rmem_max`;
 * `SO_RCVBUF` reads back as twice what was granted (`sk_setsockopt`, net/core/sock.c).
 */
export const receiveBufferSize = 1024 * 1024;

/**
 * Bytes of the longest datagram of a dump. The kernel makes datagrams up to this length once it has seen a receive buffer of
 * this length (`netlink_recvmsg`, net/netlink/af_netlink.c).
 */
export const datagramSize = 32 * 1024;
