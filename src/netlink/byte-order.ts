/** True on a little-endian machine. Netlink uses host byte order unless stated otherwise. */
export const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Converts a 32-bit number between network and host order, as `ntohl(3)` and `htonl(3)` do. */
export function ntohl(value: number): number {
  if (!littleEndian) return value;
  return ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

/** Rounds `length` up to the offset where the next message or attribute may start. */
export function align(length: number): number {
  return (length + 3) & ~3;
}
