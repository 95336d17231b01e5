/**
 * Maximum length of a datagram with several requests, in bytes. The kernel processes a whole datagram inside `sendmsg(2)`, so
 * this also bounds how long the event loop is blocked; it is well below any default `SO_SNDBUF`.
 */
export const longestDatagram = 64 * 1024;

/**
 * Limits the requests of one datagram: even if the kernel refuses all of them, its answers must fit into half of the receive
 * buffer, so that none is lost. A single request is always accepted.
 */
export class DatagramBudget {
  readonly #receiveBufferSize: number;
  #length = 0;
  #cost = 0;

  /** @param receiveBufferSize Bytes, as the kernel accounts them. */
  constructor(receiveBufferSize: number) {
    this.#receiveBufferSize = receiveBufferSize;
  }

  /**
   * Reserves room for a request of `length` bytes, aligned. Returns `false`, and reserves nothing, if it must go into the next
   * datagram.
   */
  reserve(length: number): boolean {
    const longer = this.#length + length;
    const cost = this.#cost + refusalCost(length);
    const fits = longer <= longestDatagram && cost <= this.#receiveBufferSize / 2;
    if (!fits && this.#length > 0) return false;
    this.#length = longer;
    this.#cost = cost;
    return true;
  }

  /** Begins the next datagram. */
  reset(): void {
    this.#length = 0;
    this.#cost = 0;
  }
}

/**
 * Maximum number of bytes of the receive buffer that one refusal takes. A refusal repeats its request after 20 bytes of its
 * own; the kernel charges for the memory it allocates: data and `struct skb_shared_info` rounded up to a power of two, and
 * `struct sk_buff` (together the `truesize`; either structure is below 512 bytes).
 */
function refusalCost(requestLength: number): number {
  return (1 << (32 - Math.clz32(requestLength + 20 + 512 - 1))) + 512;
}
