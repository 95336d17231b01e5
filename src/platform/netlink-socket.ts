/**
 * Receives the datagrams and errors of a {@link Transport}. Its methods must not throw.
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
   * Handles a datagram from the port `senderPort`; the kernel's is 0. The datagram is in `bytes` from `start` to `end`, and
   * is valid until this method returns. May be called inside {@link Transport.send}.
   *
   * Returns whether more datagrams of the same answer follow, so that the socket continues reading.
   */
  datagram(bytes: Uint8Array, start: number, end: number, senderPort: number): boolean;
  /** Handles a failure to send or receive, usually a `SystemCallError` or `TruncatedError`. The socket stays open. */
  error(error: Error): void;
}

/**
 * Carries datagrams to and from the kernel over one netlink socket, without interpreting them.
 *
 * @example
 * // Records all datagrams sent.
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
  /** The socket's netlink port, to which the kernel sends its answers. */
  readonly port: number;
  /** Size of the receive buffer in bytes, as the kernel counts it (`SO_RCVBUF` as read back). */
  readonly receiveBufferSize: number;
  /** Sets the listener for datagrams and errors from now on. */
  listen(listener: TransportListener): void;
  /**
   * Sends datagrams to the kernel. They are in `bytes` one after the other; `ends` has the end offset of each. Each is sent
   * after the answers to the earlier ones have ended, as far as these arrive at once. The bytes must not change before an
   * answer has arrived. The kernel refuses a dump request with `EBUSY` while another dump is being read.
   *
   * Drops datagrams of an earlier call that have not been sent yet; without new ones, does nothing else.
   */
  send(bytes: Uint8Array, ends: readonly number[]): void;
  /** Closes the socket; the listener is not called any more. Closing again does nothing. */
  close(): void;
}

/**
 * Size in bytes that a socket's receive buffer is requested to have. Without `CAP_NET_ADMIN` the kernel grants at most
 * `net.core.rmem_max`; `SO_RCVBUF` reads back as twice what was granted (`sk_setsockopt`, net/core/sock.c).
 */
export const receiveBufferSize = 1024 * 1024;

/**
 * Maximum size of a datagram of a dump, in bytes. The kernel builds datagrams up to this size once a receive call has
 * offered a buffer of this size (`netlink_recvmsg`, net/netlink/af_netlink.c).
 */
export const datagramSize = 32 * 1024;
