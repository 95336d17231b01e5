/** Requests of a batch that travel in one datagram. */
export interface Window {
  /** Indexes of the first request and of the one after the last. */
  readonly from: number;
  readonly to: number;
  /** Where in the batch's bytes the first starts and the last ends. */
  readonly start: number;
  readonly end: number;
}

/**
 * Longest datagram of several requests. The kernel works through a whole one inside `sendmsg(2)`, so this
 * also bounds how long the event loop stands still; it is well below any default `SO_SNDBUF`.
 */
const longestDatagram = 64 * 1024;

/**
 * Divides requests of the given lengths (in bytes, aligned) into windows, in order. A window's size is such that
 * the answers fit into half of the receive buffer even if every request is refused, so that none can be lost;
 * one request alone is always let through.
 */
export function* divide(lengths: readonly number[], receiveBufferSize: number): Generator<Window> {
  let window: Window = { from: 0, to: 0, start: 0, end: 0 };
  let cost = 0;
  for (const length of lengths) {
    const full = window.end + length - window.start > longestDatagram;
    if (window.to > window.from && (full || cost + refusalCost(length) > receiveBufferSize / 2)) {
      yield window;
      window = { ...window, from: window.to, start: window.end };
      cost = 0;
    }
    cost += refusalCost(length);
    window = { ...window, to: window.to + 1, end: window.end + length };
  }
  if (window.to > window.from) yield window;
}

/**
 * Most that one refusal can take of the receive buffer. It repeats the request it answers, after 20 bytes of its own;
 * the kernel charges for it what it allocates: data and `struct skb_shared_info` rounded up to a power of
 * two, and `struct sk_buff` (together the `truesize`; either structure is below 512 bytes).
 */
function refusalCost(requestLength: number): number {
  return 2 ** Math.ceil(Math.log2(requestLength + 20 + 512)) + 512;
}
