/**
 * Longest datagram of several requests. The kernel works through a whole one inside `sendmsg(2)`, so this
 * also bounds how long the event loop stands still; it is well below any default `SO_SNDBUF`.
 */
const longestDatagram = 64 * 1024;

/**
 * Measures how many requests of a batch can travel in one datagram: so many that the answers fit into half of the
 * receive buffer even if every request is refused, so that none can be lost. One request alone is always let through.
 */
export class Window {
  readonly #receiveBufferSize: number;
  #length = 0;
  #cost = 0;

  constructor(receiveBufferSize: number) {
    this.#receiveBufferSize = receiveBufferSize;
  }

  /** Takes up to `count` requests of `length` bytes each, aligned; gives how many, and 0 when they have to wait for the next window. */
  take(length: number, count: number): number {
    const cost = refusalCost(length);
    const room = Math.min(
      (longestDatagram - this.#length) / length,
      (this.#receiveBufferSize / 2 - this.#cost) / cost,
    );
    const taken = Math.min(count, Math.max(Math.floor(room), this.#length === 0 ? 1 : 0));
    this.#length += taken * length;
    this.#cost += taken * cost;
    return taken;
  }
}

/**
 * Most that one refusal can take of the receive buffer. It repeats the request it answers, after 20 bytes of its own;
 * the kernel charges for it what it allocates: data and `struct skb_shared_info` rounded up to a power of
 * two, and `struct sk_buff` (together the `truesize`; either structure is below 512 bytes).
 */
function refusalCost(requestLength: number): number {
  return (1 << (32 - Math.clz32(requestLength + 20 + 512 - 1))) + 512;
}
