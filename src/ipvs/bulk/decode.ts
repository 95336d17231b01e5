import { littleEndian, ntohl } from '../../netlink/byte-order.ts';
import { GENL_HDRLEN, NLA_HDRLEN, NLA_TYPE_MASK } from '../../netlink/constants.ts';
import { NetlinkError } from '../../netlink/errors.ts';
import type { MessageReader } from '../../netlink/reader.ts';
import { isText, readText } from '../../netlink/text.ts';
import {
  AF_INET,
  AF_INET6,
  IPVS_CMD_ATTR_DEST,
  IPVS_CMD_ATTR_SERVICE,
  IPVS_DEST_ATTR_ACTIVE_CONNS,
  IPVS_DEST_ATTR_ADDR,
  IPVS_DEST_ATTR_ADDR_FAMILY,
  IPVS_DEST_ATTR_FWD_METHOD,
  IPVS_DEST_ATTR_INACT_CONNS,
  IPVS_DEST_ATTR_L_THRESH,
  IPVS_DEST_ATTR_PERSIST_CONNS,
  IPVS_DEST_ATTR_PORT,
  IPVS_DEST_ATTR_STATS,
  IPVS_DEST_ATTR_STATS64,
  IPVS_DEST_ATTR_TUN_FLAGS,
  IPVS_DEST_ATTR_TUN_PORT,
  IPVS_DEST_ATTR_TUN_TYPE,
  IPVS_DEST_ATTR_U_THRESH,
  IPVS_DEST_ATTR_WEIGHT,
  IPVS_STATS_ATTR_CONNS,
  IPVS_STATS_ATTR_INBYTES,
  IPVS_STATS_ATTR_OUTBPS,
  IPVS_STATS_ATTR_OUTBYTES,
  IPVS_SVC_ATTR_ADDR,
  IPVS_SVC_ATTR_AF,
  IPVS_SVC_ATTR_FLAGS,
  IPVS_SVC_ATTR_FWMARK,
  IPVS_SVC_ATTR_NETMASK,
  IPVS_SVC_ATTR_PE_NAME,
  IPVS_SVC_ATTR_PORT,
  IPVS_SVC_ATTR_PROTOCOL,
  IPVS_SVC_ATTR_SCHED_NAME,
  IPVS_SVC_ATTR_STATS,
  IPVS_SVC_ATTR_STATS64,
  IPVS_SVC_ATTR_TIMEOUT,
} from '../constants.ts';
import { counterPlace } from './counters.ts';
import { type DestinationArray, DestinationField, forwardings, tunnelTypes } from './destination-array.ts';
import { type ServiceArray, ServiceField } from './service-array.ts';

/**
 * Decodes answers into arrays of numbers, in one loop over the bytes of each. Attributes of newer kernels are passed over.
 * What describes no service or server throws {@link NetlinkError} (`MALFORMED`), and nothing is added then.
 */
export class TableDecoder {
  // The same bytes, in one, two and four: attributes start at multiples of four, and their numbers are in this machine's order.
  #bytes: Uint8Array = new Uint8Array();
  #halves: Uint16Array = new Uint16Array();
  #words: Uint32Array = new Uint32Array();
  #view: DataView | undefined;
  #start = 0;
  #end = 0;

  /** Adds the virtual service of an answer to `services`. */
  service(message: MessageReader, services: ServiceArray): void {
    this.#enter(message, IPVS_CMD_ATTR_SERVICE);
    const bytes = this.#bytes;
    const halves = this.#halves;
    const words = this.#words;
    const end = this.#end;
    const base = services.next();
    const { numbers } = services;
    let found = 0;
    let address = 0;
    let scheduler = 0;
    let engine = 0;
    let stats64 = 0;
    let stats32 = 0;
    for (let at = this.#start; at < end; ) {
      const header = words[at >> 2] ?? 0;
      const length = (header >>> lengthShift) & 0xffff;
      if (length < NLA_HDRLEN || length > end - at) throw badAttribute(length, end - at);
      const type = (header >>> typeShift) & NLA_TYPE_MASK;
      if (type < known) {
        if (length < (serviceLengths[type] ?? 0)) throw tooShort(type, length, serviceLengths);
        found |= 1 << type;
      }
      const value = at + NLA_HDRLEN;
      switch (type) {
        case IPVS_SVC_ATTR_AF:
          numbers[base + ServiceField.family] = halves[value >> 1] ?? 0;
          break;
        case IPVS_SVC_ATTR_PROTOCOL:
          numbers[base + ServiceField.protocol] = halves[value >> 1] ?? 0;
          break;
        case IPVS_SVC_ATTR_ADDR:
          address = value;
          break;
        case IPVS_SVC_ATTR_PORT:
          numbers[base + ServiceField.port] = ((bytes[value] ?? 0) << 8) | (bytes[value + 1] ?? 0);
          break;
        case IPVS_SVC_ATTR_FWMARK:
          numbers[base + ServiceField.fwmark] = words[value >> 2] ?? 0;
          break;
        case IPVS_SVC_ATTR_SCHED_NAME:
          scheduler = at;
          break;
        case IPVS_SVC_ATTR_PE_NAME:
          engine = at;
          break;
        case IPVS_SVC_ATTR_FLAGS:
          // The mask that follows is full in answers.
          numbers[base + ServiceField.flags] = words[value >> 2] ?? 0;
          break;
        case IPVS_SVC_ATTR_TIMEOUT:
          numbers[base + ServiceField.timeout] = words[value >> 2] ?? 0;
          break;
        case IPVS_SVC_ATTR_NETMASK:
          numbers[base + ServiceField.netmask] = words[value >> 2] ?? 0;
          break;
        case IPVS_SVC_ATTR_STATS:
          stats32 = at;
          break;
        case IPVS_SVC_ATTR_STATS64:
          stats64 = at;
          break;
      }
      at += (length + 3) & ~3;
    }
    const isMark = numbers[base + ServiceField.fwmark] !== 0;
    demand(found, isMark ? demandedOfMark : demandedOfService, 'service');
    const isInet = isInetFamily(numbers[base + ServiceField.family] ?? 0);
    this.#address(address, isInet, numbers, base + ServiceField.address);
    // A mask of IPv4 is sent in network order, the length of a prefix is not.
    if (isInet) numbers[base + ServiceField.netmask] = ntohl(numbers[base + ServiceField.netmask] ?? 0);
    numbers[base + ServiceField.scheduler] = this.#name(scheduler, services.names);
    numbers[base + ServiceField.persistenceEngine] = this.#name(engine, services.names);
    if (services.counters) this.#counters(stats64, stats32, numbers, base + ServiceField.counters);
    services.keep();
  }

  /** Adds the real server of an answer to `servers`; `family` is that of its service, which older kernels leave out. */
  destination(message: MessageReader, servers: DestinationArray, family: number): void {
    this.#enter(message, IPVS_CMD_ATTR_DEST);
    const bytes = this.#bytes;
    const halves = this.#halves;
    const words = this.#words;
    const end = this.#end;
    const base = servers.next();
    const { numbers } = servers;
    numbers[base + DestinationField.family] = family;
    let found = 0;
    let address = 0;
    let stats64 = 0;
    let stats32 = 0;
    for (let at = this.#start; at < end; ) {
      const header = words[at >> 2] ?? 0;
      const length = (header >>> lengthShift) & 0xffff;
      if (length < NLA_HDRLEN || length > end - at) throw badAttribute(length, end - at);
      const type = (header >>> typeShift) & NLA_TYPE_MASK;
      if (type < known) {
        if (length < (destinationLengths[type] ?? 0)) throw tooShort(type, length, destinationLengths);
        found |= 1 << type;
      }
      const value = at + NLA_HDRLEN;
      switch (type) {
        case IPVS_DEST_ATTR_ADDR:
          address = value;
          break;
        case IPVS_DEST_ATTR_PORT:
          numbers[base + DestinationField.port] = ((bytes[value] ?? 0) << 8) | (bytes[value + 1] ?? 0);
          break;
        case IPVS_DEST_ATTR_FWD_METHOD:
          numbers[base + DestinationField.forwarding] = words[value >> 2] ?? 0;
          break;
        case IPVS_DEST_ATTR_WEIGHT:
          numbers[base + DestinationField.weight] = words[value >> 2] ?? 0;
          break;
        case IPVS_DEST_ATTR_U_THRESH:
          numbers[base + DestinationField.upperThreshold] = words[value >> 2] ?? 0;
          break;
        case IPVS_DEST_ATTR_L_THRESH:
          numbers[base + DestinationField.lowerThreshold] = words[value >> 2] ?? 0;
          break;
        case IPVS_DEST_ATTR_ACTIVE_CONNS:
          numbers[base + DestinationField.activeConnections] = words[value >> 2] ?? 0;
          break;
        case IPVS_DEST_ATTR_INACT_CONNS:
          numbers[base + DestinationField.inactiveConnections] = words[value >> 2] ?? 0;
          break;
        case IPVS_DEST_ATTR_PERSIST_CONNS:
          numbers[base + DestinationField.persistentConnections] = words[value >> 2] ?? 0;
          break;
        case IPVS_DEST_ATTR_STATS:
          stats32 = at;
          break;
        case IPVS_DEST_ATTR_ADDR_FAMILY:
          numbers[base + DestinationField.family] = halves[value >> 1] ?? 0;
          break;
        case IPVS_DEST_ATTR_STATS64:
          stats64 = at;
          break;
        case IPVS_DEST_ATTR_TUN_TYPE:
          numbers[base + DestinationField.tunnelType] = bytes[value] ?? 0;
          break;
        case IPVS_DEST_ATTR_TUN_PORT:
          numbers[base + DestinationField.tunnelPort] = ((bytes[value] ?? 0) << 8) | (bytes[value + 1] ?? 0);
          break;
        case IPVS_DEST_ATTR_TUN_FLAGS:
          numbers[base + DestinationField.tunnelFlags] = halves[value >> 1] ?? 0;
          break;
      }
      at += (length + 3) & ~3;
    }
    demand(found, demandedOfDestination, 'real server');
    const isInet = isInetFamily(numbers[base + DestinationField.family] ?? 0);
    this.#address(address, isInet, numbers, base + DestinationField.address);
    checkName(numbers[base + DestinationField.forwarding] ?? 0, forwardings, 'forwarding');
    checkName(numbers[base + DestinationField.tunnelType] ?? 0, tunnelTypes, 'tunnelType');
    if (servers.counters) this.#counters(stats64, stats32, numbers, base + DestinationField.counters);
    servers.keep();
  }

  /** Views the bytes of an answer, from where the attributes inside its attribute `wanted` begin to where they end. */
  #enter(message: MessageReader, wanted: number): void {
    if (message.view !== this.#view) this.#look(message.view);
    let at = message.view.byteOffset + message.start + GENL_HDRLEN;
    let end = message.view.byteOffset + message.end;
    if (at & 3) {
      // No transport of this library receives to such places.
      const copy = this.#bytes.slice(at, end);
      this.#look(new DataView(copy.buffer));
      this.#view = undefined;
      [at, end] = [0, copy.length];
    }
    while (at < end) {
      const header = this.#words[at >> 2] ?? 0;
      const length = (header >>> lengthShift) & 0xffff;
      if (length < NLA_HDRLEN || length > end - at) throw badAttribute(length, end - at);
      if (((header >>> typeShift) & NLA_TYPE_MASK) === wanted) {
        this.#start = at + NLA_HDRLEN;
        this.#end = at + length;
        return;
      }
      at += (length + 3) & ~3;
    }
    throw malformed(`an answer without attribute ${wanted}`);
  }

  #look(view: DataView): void {
    const { buffer } = view;
    this.#view = view;
    this.#bytes = new Uint8Array(buffer);
    this.#halves = new Uint16Array(buffer, 0, buffer.byteLength >> 1);
    this.#words = new Uint32Array(buffer, 0, buffer.byteLength >> 2);
  }

  /** Puts an address, which begins at byte `at`, into four numbers from `to` on. */
  #address(at: number, isInet: boolean, numbers: Uint32Array, to: number): void {
    if (at === 0) return;
    const bytes = this.#bytes;
    for (let word = 0; word < (isInet ? 1 : 4); word++) {
      const first = at + 4 * word;
      const high = ((bytes[first] ?? 0) << 8) | (bytes[first + 1] ?? 0);
      numbers[to + word] = (high << 16) | ((bytes[first + 2] ?? 0) << 8) | (bytes[first + 3] ?? 0);
    }
  }

  /** Gives the index of the name that the attribute at byte `at` holds, which is added where it is new; 0 for no attribute. */
  #name(at: number, names: string[]): number {
    if (at === 0) return 0;
    const view = new DataView(this.#bytes.buffer, at + NLA_HDRLEN, (this.#halves[at >> 1] ?? 0) - NLA_HDRLEN);
    for (let index = 0; index < names.length; index++)
      if (isText(view, 0, view.byteLength, names[index] ?? '')) return index;
    const name = readText(view, 0, view.byteLength);
    const known = names.indexOf(name);
    return known >= 0 ? known : names.push(name) - 1;
  }

  /** Puts counters into numbers from `to` on: those of 64 bits, or where a kernel does not send them all those of 32. */
  #counters(stats64: number, stats32: number, numbers: Uint32Array, to: number): void {
    let found = stats64 === 0 ? 0 : this.#stats(stats64, true, numbers, to);
    if (found !== allCounters && stats32 !== 0) found |= this.#stats(stats32, false, numbers, to);
    demand(found, allCounters, 'set of counters');
  }

  /** Puts the counters inside the attribute at byte `first` into numbers; gives the bits of their attributes. */
  #stats(first: number, isLong: boolean, numbers: Uint32Array, to: number): number {
    const words = this.#words;
    const lengths = isLong ? longCounterLengths : counterLengths;
    const end = first + (((words[first >> 2] ?? 0) >>> lengthShift) & 0xffff);
    let found = 0;
    for (let at = first + NLA_HDRLEN; at < end; ) {
      const header = words[at >> 2] ?? 0;
      const length = (header >>> lengthShift) & 0xffff;
      if (length < NLA_HDRLEN || length > end - at) throw badAttribute(length, end - at);
      const type = (header >>> typeShift) & NLA_TYPE_MASK;
      if (type >= IPVS_STATS_ATTR_CONNS && type <= IPVS_STATS_ATTR_OUTBPS) {
        const wanted = lengths[type] ?? 0;
        if (length < wanted) throw tooShort(type, length, lengths);
        const value = (at + NLA_HDRLEN) >> 2;
        const place = to + counterPlace(type);
        const has64 = wanted > NLA_HDRLEN + 4;
        numbers[place] = words[has64 ? value + lowHalf : value] ?? 0;
        if (has64) numbers[place + 1] = words[value + 1 - lowHalf] ?? 0;
        else numbers[place + 1] = 0;
        found |= 1 << type;
      }
      at += (length + 3) & ~3;
    }
    return found;
  }
}

/** Which word of a number of 64 bits is the lower half. */
const lowHalf = littleEndian ? 0 : 1;
/** Where the two numbers of `struct nlattr` stand in a word. */
const lengthShift = littleEndian ? 0 : 16;
const typeShift = 16 - lengthShift;

/** Attributes from this number on are unknown here, and passed over. */
const known = 32;

/** How many bytes an attribute has at least, its header included, by the attribute. */
const serviceLengths = leastLengths([
  [IPVS_SVC_ATTR_AF, 2],
  [IPVS_SVC_ATTR_PROTOCOL, 2],
  [IPVS_SVC_ATTR_ADDR, 16],
  [IPVS_SVC_ATTR_PORT, 2],
  [IPVS_SVC_ATTR_FWMARK, 4],
  [IPVS_SVC_ATTR_FLAGS, 4],
  [IPVS_SVC_ATTR_TIMEOUT, 4],
  [IPVS_SVC_ATTR_NETMASK, 4],
]);
const destinationLengths = leastLengths([
  [IPVS_DEST_ATTR_ADDR, 16],
  [IPVS_DEST_ATTR_PORT, 2],
  [IPVS_DEST_ATTR_FWD_METHOD, 4],
  [IPVS_DEST_ATTR_WEIGHT, 4],
  [IPVS_DEST_ATTR_U_THRESH, 4],
  [IPVS_DEST_ATTR_L_THRESH, 4],
  [IPVS_DEST_ATTR_ACTIVE_CONNS, 4],
  [IPVS_DEST_ATTR_INACT_CONNS, 4],
  [IPVS_DEST_ATTR_PERSIST_CONNS, 4],
  [IPVS_DEST_ATTR_ADDR_FAMILY, 2],
  [IPVS_DEST_ATTR_TUN_TYPE, 1],
  [IPVS_DEST_ATTR_TUN_PORT, 2],
  [IPVS_DEST_ATTR_TUN_FLAGS, 2],
]);

function leastLengths(pairs: readonly (readonly [attribute: number, size: number])[]): Uint8Array {
  const lengths = new Uint8Array(known);
  for (const [attribute, size] of pairs) lengths[attribute] = NLA_HDRLEN + size;
  return lengths;
}

const counterAttributes = Array.from(
  { length: IPVS_STATS_ATTR_OUTBPS },
  (_, index) => index + IPVS_STATS_ATTR_CONNS,
);
const longCounterLengths = leastLengths(counterAttributes.map((attribute) => [attribute, 8]));
/** Bytes are counted in 64 bits even among the counters of 32. */
const counterLengths = leastLengths(
  counterAttributes.map((attribute) => [
    attribute,
    attribute === IPVS_STATS_ATTR_INBYTES || attribute === IPVS_STATS_ATTR_OUTBYTES ? 8 : 4,
  ]),
);

/** Bits of the attributes that every kernel sends. */
const settings = [
  IPVS_SVC_ATTR_AF,
  IPVS_SVC_ATTR_SCHED_NAME,
  IPVS_SVC_ATTR_FLAGS,
  IPVS_SVC_ATTR_TIMEOUT,
  IPVS_SVC_ATTR_NETMASK,
];
const demandedOfMark = bitsOf([...settings, IPVS_SVC_ATTR_FWMARK]);
const demandedOfService = bitsOf([
  ...settings,
  IPVS_SVC_ATTR_PROTOCOL,
  IPVS_SVC_ATTR_ADDR,
  IPVS_SVC_ATTR_PORT,
]);
const demandedOfDestination = bitsOf([
  IPVS_DEST_ATTR_ADDR,
  IPVS_DEST_ATTR_PORT,
  IPVS_DEST_ATTR_FWD_METHOD,
  IPVS_DEST_ATTR_WEIGHT,
  IPVS_DEST_ATTR_U_THRESH,
  IPVS_DEST_ATTR_L_THRESH,
  IPVS_DEST_ATTR_ACTIVE_CONNS,
  IPVS_DEST_ATTR_INACT_CONNS,
  IPVS_DEST_ATTR_PERSIST_CONNS,
]);
const allCounters = bitsOf(counterAttributes);

/** The bits that stand for attributes. */
function bitsOf(attributes: readonly number[]): number {
  return attributes.reduce((bits, attribute) => bits | (1 << attribute), 0);
}

function demand(found: number, demanded: number, what: string): void {
  const missing = demanded & ~found;
  if (missing) throw malformed(`a ${what} without attribute ${31 - Math.clz32(missing & -missing)}`);
}

function isInetFamily(family: number): boolean {
  if (family !== AF_INET && family !== AF_INET6) throw malformed(`unknown value ${family} of family`);
  return family === AF_INET;
}

function checkName(number: number, names: readonly string[], field: string): void {
  if (names[number] === undefined) throw malformed(`unknown value ${number} of ${field}`);
}

function badAttribute(length: number, left: number): NetlinkError {
  if (left < NLA_HDRLEN) return malformed(`${left} bytes are no attribute header`);
  return malformed(`attribute of ${length} bytes in ${left}`);
}

function tooShort(type: number, length: number, lengths: Uint8Array): NetlinkError {
  const wanted = (lengths[type] ?? 0) - NLA_HDRLEN;
  return malformed(`attribute ${type} has ${length - NLA_HDRLEN} bytes, not ${wanted}`);
}

function malformed(message: string): NetlinkError {
  return new NetlinkError('MALFORMED', message);
}
