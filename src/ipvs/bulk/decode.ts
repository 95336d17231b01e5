import { platform } from '#platform';
import { align, littleEndian, ntohl } from '../../netlink/byte-order.ts';
import {
  AF_INET,
  AF_INET6,
  GENL_HDRLEN,
  NLA_HDRLEN,
  NLA_TYPE_MASK,
  NLMSG_HDRLEN,
} from '../../netlink/constants.ts';
import { NetlinkError } from '../../netlink/errors.ts';
import { MessageReader } from '../../netlink/reader.ts';
import { IPVS_STATS_ATTR, IPVS_SVC_ATTR } from '../constants.ts';
import { destinationSchema } from '../schema/destination.ts';
import { serviceSchema } from '../schema/service.ts';
import { counterColumn } from './counters.ts';
import { attributeLimit, bitsOf, type DecodePlan, decodePlan, Step } from './decode-plan.ts';
import { type DestinationArray, DestinationField, forwardings, tunnelTypes } from './destination-array.ts';
import type { NumberArray } from './number-array.ts';
import { type ServiceArray, ServiceField } from './service-array.ts';

const servicePlan = decodePlan(serviceSchema, ServiceField);
const destinationPlan = decodePlan(destinationSchema, DestinationField);

/**
 * Decodes answers into number arrays, in one loop over the bytes of all messages of a datagram. Unknown attributes of newer
 * kernels are ignored. A message without a valid object throws {@link NetlinkError} (`MALFORMED`), and nothing is added.
 */
export class Decoder {
  // Two views of the same bytes: attributes are aligned to four bytes, and their numbers are in host order.
  #bytes: Uint8Array = new Uint8Array();
  #words: Int32Array = new Int32Array();
  /** Offset of the reader's offset 0 in both views, in bytes. */
  #offset = 0;
  #view: DataView | undefined;

  /** Adds the service in the current message, and those in the messages directly after it that belong to the same answer. */
  services(message: MessageReader, { entries }: ServiceArray): void {
    this.#setViews(message);
    const count = this.decode(message, servicePlan, entries, 0);
    checkServices(entries, count);
    entries.keep(count);
  }

  /** Adds real servers in the same way; `family` is theirs if the kernel does not send it, as older ones do not. */
  servers(message: MessageReader, { entries }: DestinationArray, family: number): void {
    this.#setViews(message);
    const count = this.decode(message, destinationPlan, entries, family);
    checkServers(entries, count);
    entries.keep(count);
  }

  /** Decodes the objects of those messages into entries that are not kept yet; returns their number. */
  private decode(message: MessageReader, plan: DecodePlan, entries: NumberArray, family: number): number {
    const {
      steps,
      columns,
      lengths,
      shifts,
      masks,
      containerAttribute,
      familyColumn,
      addressColumn,
      sentBitsColumn,
    } = plan;
    const [bytes, words] = [this.#bytes, this.#words];
    const first = (this.#offset + message.start - NLMSG_HDRLEN) >> 2;
    const limit = this.#offset + message.limit;
    let start = this.#offset + message.start;
    let end = this.#offset + message.end;
    let next: number;
    let count = 0;
    // All work per server is in this loop: in the executable's runtime it takes half as long as with functions.
    for (;;) {
      let at = start + GENL_HDRLEN;
      let header = words[at >> 2] as number;
      if (at + lengthOf(header) > end || typeOf(header) !== containerAttribute) {
        at = findAttribute(words, at, end, containerAttribute);
        header = words[at >> 2] as number;
      }
      const objectEnd = at + lengthOf(header);
      at += NLA_HDRLEN;
      const base = entries.begin(count++);
      const { numbers } = entries;
      numbers[base + familyColumn] = family;
      let sentBits = 0;
      let address = 0;
      let stats64 = 0;
      let stats32 = 0;
      while (at < objectEnd) {
        header = words[at >> 2] as number;
        const length = (header >>> lengthShift) & 0xffff;
        if (length < NLA_HDRLEN || length > objectEnd - at) throw badAttribute(length, objectEnd - at);
        const type = (header >>> typeShift) & NLA_TYPE_MASK;
        if (type < attributeLimit) {
          if (length < (lengths[type] as number)) throw tooShort(type, length, lengths);
          sentBits |= 1 << type;
          const value = at + NLA_HDRLEN;
          const column = base + (columns[type] as number);
          switch (steps[type]) {
            case Step.number:
              numbers[column] =
                ((words[value >> 2] as number) >>> (shifts[type] as number)) & (masks[type] as number);
              break;
            case Step.be16:
              numbers[column] = ((bytes[value] as number) << 8) | (bytes[value + 1] as number);
              break;
            case Step.address:
              address = value;
              break;
            case Step.name:
              numbers[column] = entries.names.indexAt(bytes, value, at + length);
              break;
            case Step.counters64:
              stats64 = at;
              break;
            case Step.counters32:
              stats32 = at;
              break;
          }
        }
        at += (length + 3) & ~3;
      }
      const inet = numbers[base + familyColumn] === AF_INET;
      if (!inet) requireInet6(numbers[base + familyColumn] as number);
      if (address) {
        // Bytes after an IPv4 address are ignored.
        numbers[base + addressColumn] =
          ((bytes[address] as number) << 24) |
          ((bytes[address + 1] as number) << 16) |
          ((bytes[address + 2] as number) << 8) |
          (bytes[address + 3] as number);
        if (!inet) putRestOfAddress(bytes, address, numbers, base + addressColumn);
      }
      numbers[base + sentBitsColumn] = sentBits;
      if (entries.counters) putCounters(words, stats64, stats32, numbers, base + plan.countersColumn);

      next = end + (-end & 3);
      const nextHeader = next >> 2;
      if (
        limit - next < NLMSG_HDRLEN ||
        words[nextHeader + 1] !== words[first + 1] ||
        words[nextHeader + 2] !== words[first + 2] ||
        words[nextHeader + 3] !== words[first + 3]
      ) {
        break;
      }
      const length = words[nextHeader] as number;
      // The reader reports the malformed length when it gets there.
      if (length < NLMSG_HDRLEN || length > limit - next) break;
      start = next + NLMSG_HDRLEN;
      end = next + length;
    }
    message.skipTo(next - this.#offset);
    return count;
  }

  /**
   * Sets up views of the bytes of `message`. Copies them if they are not word-aligned, which no transport of this library
   * delivers.
   */
  #setViews({ view, start, limit }: MessageReader): void {
    let { buffer, byteOffset } = view;
    const isInWords = ((byteOffset + start) & 3) === 0 && (buffer.byteLength & 3) === 0;
    if (isInWords && view === this.#view) return;
    this.#view = isInWords ? view : undefined;
    if (!isInWords) {
      const first = start - NLMSG_HDRLEN;
      const copy = new Uint8Array(align(limit - first));
      copy.set(new Uint8Array(buffer, byteOffset + first, limit - first));
      buffer = copy.buffer;
      byteOffset = -first;
    }
    this.#offset = byteOffset;
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Int32Array(buffer, 0, buffer.byteLength >> 2);
  }
}

/** Bit offsets in a word of the two fields of `struct nlattr`. */
const lengthShift = littleEndian ? 0 : 16;
const typeShift = 16 - lengthShift;
/** Index of the word that is the low half of a 64-bit number. */
const lowHalf = littleEndian ? 0 : 1;

function lengthOf(header: number): number {
  return (header >>> lengthShift) & 0xffff;
}

function typeOf(header: number): number {
  return (header >>> typeShift) & NLA_TYPE_MASK;
}

// The checks below examine the first `count` new entries; they throw {@link NetlinkError} (`MALFORMED`) for an invalid one.

function checkServices(entries: NumberArray, count: number): void {
  const first = entries.count * entries.width;
  for (let base = first; base < first + count * entries.width; base += entries.width) {
    const { numbers } = entries;
    const sentBits = numbers[base + ServiceField.sentBits] as number;
    requireBits(sentBits, servicePlan.requiredBits, 'service');
    requireBits(
      sentBits,
      numbers[base + ServiceField.fwmark] ? markIdentityBits : addressIdentityBits,
      'service',
    );
    // An IPv4 netmask is sent in network order, an IPv6 prefix length in host order.
    if (numbers[base + ServiceField.family] === AF_INET) {
      numbers[base + ServiceField.netmask] = ntohl(numbers[base + ServiceField.netmask] as number);
    }
  }
}

const markIdentityBits = bitsOf([IPVS_SVC_ATTR.AF, IPVS_SVC_ATTR.FWMARK]);
const addressIdentityBits = bitsOf([
  IPVS_SVC_ATTR.AF,
  IPVS_SVC_ATTR.PROTOCOL,
  IPVS_SVC_ATTR.ADDR,
  IPVS_SVC_ATTR.PORT,
]);

function checkServers(entries: NumberArray, count: number): void {
  const first = entries.count * entries.width;
  for (let base = first; base < first + count * entries.width; base += entries.width) {
    const { numbers } = entries;
    requireBits(
      numbers[base + DestinationField.sentBits] as number,
      destinationPlan.requiredBits,
      'destination',
    );
    checkName((numbers[base + DestinationField.forwarding] as number) >>> 0, forwardings, 'forwarding');
    checkName(numbers[base + DestinationField.tunnelType] as number, tunnelTypes, 'tunnelType');
  }
}

/** Returns the offset of the attribute `wanted` between `first` and `end`. Throws when there is none. */
function findAttribute(words: Int32Array, first: number, end: number, wanted: number): number {
  for (let at = first; at < end; ) {
    const header = words[at >> 2] as number;
    const length = lengthOf(header);
    if (length < NLA_HDRLEN || length > end - at) throw badAttribute(length, end - at);
    if (typeOf(header) === wanted) return at;
    at += (length + 3) & ~3;
  }
  throw malformed(`an answer lacks attribute ${wanted}`);
}

/** Stores the last three words of the IPv6 address at byte `at` in the columns after `to`, which holds the first. */
function putRestOfAddress(bytes: Uint8Array, at: number, numbers: Int32Array, to: number): void {
  for (let word = 1; word < 4; word++) {
    const first = at + 4 * word;
    const high = ((bytes[first] as number) << 8) | (bytes[first + 1] as number);
    numbers[to + word] = (high << 16) | ((bytes[first + 2] as number) << 8) | (bytes[first + 3] as number);
  }
}

/** Stores counters from index `to`: the 64-bit ones, or the 32-bit ones if the kernel does not send all of the former. */
function putCounters(
  words: Int32Array,
  stats64: number,
  stats32: number,
  numbers: Int32Array,
  to: number,
): void {
  let sentBits = stats64 === 0 ? 0 : putStats(words, stats64, longCounterLengths, numbers, to);
  if (sentBits !== allCounters && stats32 !== 0)
    sentBits |= putStats(words, stats32, counterLengths, numbers, to);
  requireBits(sentBits, allCounters, 'set of counters');
}

/** Stores the counters inside the attribute at byte `first`; returns the bit set of their attributes. */
function putStats(
  words: Int32Array,
  first: number,
  lengths: Uint8Array,
  numbers: Int32Array,
  to: number,
): number {
  const end = first + lengthOf(words[first >> 2] as number);
  let sentBits = 0;
  for (let at = first + NLA_HDRLEN; at < end; ) {
    const header = words[at >> 2] as number;
    const length = lengthOf(header);
    if (length < NLA_HDRLEN || length > end - at) throw badAttribute(length, end - at);
    const type = typeOf(header);
    if (type >= IPVS_STATS_ATTR.CONNS && type <= IPVS_STATS_ATTR.OUTBPS) {
      const minLength = lengths[type] as number;
      if (length < minLength) throw tooShort(type, length, lengths);
      const value = (at + NLA_HDRLEN) >> 2;
      const column = to + counterColumn(type);
      const has64 = minLength > NLA_HDRLEN + 4;
      numbers[column] = words[has64 ? value + lowHalf : value] as number;
      numbers[column + 1] = has64 ? (words[value + 1 - lowHalf] as number) : 0;
      sentBits |= 1 << type;
    }
    at += (length + 3) & ~3;
  }
  return sentBits;
}

/** Bit set of all counter attributes, from the first to the last. */
const allCounters = (2 << IPVS_STATS_ATTR.OUTBPS) - (1 << IPVS_STATS_ATTR.CONNS);
const longCounterLengths = minLengths(() => 8);
/** Byte counters have 64 bits even among the 32-bit counters. */
const counterLengths = minLengths((attribute) =>
  attribute === IPVS_STATS_ATTR.INBYTES || attribute === IPVS_STATS_ATTR.OUTBYTES ? 8 : 4,
);

/** Returns the minimum length of each counter's attribute in bytes, including its header. */
function minLengths(sizeOf: (attribute: number) => number): Uint8Array {
  const lengths = new Uint8Array(attributeLimit);
  for (let attribute = IPVS_STATS_ATTR.CONNS; attribute <= IPVS_STATS_ATTR.OUTBPS; attribute++)
    lengths[attribute] = NLA_HDRLEN + sizeOf(attribute);
  return lengths;
}

function requireBits(sentBits: number, requiredBits: number, what: string): void {
  const missing = requiredBits & ~sentBits;
  if (missing) throw malformed(`a ${what} lacks attribute ${31 - Math.clz32(missing & -missing)}`);
}

function requireInet6(family: number): void {
  if (family !== AF_INET6) throw malformed(`unknown address family ${family}`);
}

function checkName(number: number, names: readonly string[], field: string): void {
  if (names[number] === undefined) throw malformed(`unknown value ${number} of ${field}`);
}

function badAttribute(length: number, left: number): NetlinkError {
  if (left < NLA_HDRLEN) return malformed(`${left} bytes are too few for an attribute header`);
  return malformed(`attribute length ${length}, but ${left} bytes left`);
}

function tooShort(type: number, length: number, lengths: Uint8Array): NetlinkError {
  const minValueLength = (lengths[type] as number) - NLA_HDRLEN;
  return malformed(`attribute ${type} has ${length - NLA_HDRLEN} bytes, not ${minValueLength}`);
}

function malformed(message: string): NetlinkError {
  return new NetlinkError('MALFORMED', message);
}

platform.tuneForBulk(
  Decoder,
  MessageReader,
  lengthOf,
  typeOf,
  findAttribute,
  putRestOfAddress,
  putCounters,
  putStats,
  counterColumn,
  requireBits,
  requireInet6,
  checkName,
  checkServices,
  checkServers,
);
