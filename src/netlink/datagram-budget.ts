/**
 * Longest datagram of several requests, in bytes. The kernel works through a whole one inside `sendmsg(2)`, so this
 * also bounds how long the event loop stands still; it is well below any default `SO_SNDBUF`.
 */
export const longestDatagram = 64 * 1024;

/**
 * Counts what the requests of one datagram cost: as many go into it as can all be refused with answers that fit into half of
 * the receive buffer, so that no answer can be lost. One request alone always goes into it.
 */
export class DatagramBudget {
  readonly #receiveBufferSize: number;
  #length = 0;
  #cost = 0;

  /** @param receiveBufferSize Bytes, as the kernel accounts them. */
  constructor(receiveBufferSize: number) {
    this.#receiveBufferSize = receiveBufferSize;
  }

  /** Makes room for a request of `length` bytes, aligned; `false`, with nothing changed, where it has to go into the next datagram. */
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
 * Most bytes of the receive buffer that one refusal can take. It repeats the request it answers, after 20 bytes of its own;
 * the kernel charges for it what it allocates: data and `struct skb_shared_info` rounded up to a power of
 * two, and `struct sk_buff` (together the `truesize`; either structure is below 512 bytes).
 */
function refusalCost(requestLength: number): number {
  return (1 << (32 - Math.clz32(requestLength + 20 + 512 - 1))) + 512;
}
