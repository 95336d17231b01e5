import { limits } from '../limits.ts';

/** Reads IPv4 addresses with a port above 0 from bytes; accepts only the canonical spelling of both. */
export class InetEndpointReader {
  /** Most recently read address as a signed 32-bit number, first byte most significant. */
  address = 0;
  /** Most recently read port. */
  port = 0;

  /** Reads `A.B.C.D:PORT`, without leading zeros, from `start`. Returns the end offset, or 0 for anything else. */
  read(bytes: Uint8Array, start: number): number {
    let address = 0;
    let number = 0;
    let part = 0;
    let first = start;
    let at = start;
    for (; ; at++) {
      const byte = bytes[at] ?? 0;
      if (byte >= zero && byte <= nine) {
        const isLeadingZero = number === 0 && at > first;
        if (isLeadingZero) return 0;
        number = 10 * number + (byte - zero);
        continue;
      }
      if (at === first || part === 4) break;
      if (number > 255 || byte !== (part < 3 ? dot : colon)) return 0;
      address = (address << 8) | number;
      number = 0;
      part++;
      first = at + 1;
    }
    if (part < 4 || number === 0 || number > limits.port) return 0;
    this.address = address;
    this.port = number;
    return at;
  }
}

const zero = 0x30;
const nine = 0x39;
const dot = 0x2e;
const colon = 0x3a;
