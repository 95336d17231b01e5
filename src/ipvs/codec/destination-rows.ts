import { GENL_HDRLEN } from '../../netlink/constants.ts';
import { NumberPlan } from '../../netlink/numbers.ts';
import type { MessageReader } from '../../netlink/reader.ts';
import type { Family } from '../address.ts';
import {
  AF_INET,
  AF_INET6,
  IPVS_CMD_ATTR_DEST,
  IPVS_DEST_ATTR_STATS,
  IPVS_DEST_ATTR_STATS64,
} from '../constants.ts';
import type { Destination, Forwarding, Stats, Tunnel } from '../model.ts';
import { destinationTable, forwardingNumbers, tunnelTypeNumbers } from './destination.ts';
import { familyNumbers } from './field-types.ts';
import { addressIn, demand, lazily, nameOf, namesBy, rowFields } from './row.ts';
import { countersLength, LentStats, planCounters } from './stats.ts';

/** Where the fields of a server stand in its row. The address has four numbers, of which an IPv4 one is the first. */
const at = {
  inet6Address: 0,
  port: 4,
  family: 5,
  forwarding: 6,
  weight: 7,
  upperThreshold: 8,
  lowerThreshold: 9,
  activeConnections: 10,
  inactiveConnections: 11,
  persistentConnections: 12,
  tunnelType: 13,
  tunnelPort: 14,
  tunnelFlags: 15,
  counters: 16,
} as const;
const rowLength = at.counters + countersLength;

/** How rows are read: the plan, and what makes sure that all was sent but what older kernels do not send. */
const reading = lazily(() => {
  const { counters: _, ...places } = at;
  const fields = rowFields(places, { firstPlace: 0, firstBit: 0 });
  const server = destinationTable.numberPlan(fields);
  const attributes = { stats32: IPVS_DEST_ATTR_STATS, stats64: IPVS_DEST_ATTR_STATS64 };
  const counters = planCounters(server, attributes, at.counters, Object.keys(fields).length);
  return {
    plan: new NumberPlan().addNested(IPVS_CMD_ATTR_DEST, server),
    demand: demand({ ...fields, ...counters }, ['family', 'tunnelType', 'tunnelPort', 'tunnelFlags']),
    families: namesBy(familyNumbers),
    forwardings: namesBy(forwardingNumbers),
    tunnelTypes: namesBy(tunnelTypeNumbers),
  };
});

/**
 * Real servers as the kernel tells of them, each as a row of numbers. A table may have tens of thousands, and an object for
 * each of them would cost more than all else.
 */
export class DestinationRows {
  #numbers = new Uint32Array(16 * rowLength);
  #length = 0;
  readonly #lent = new LentDestination();
  readonly #reading = reading();

  /** Adds the server of a service of `serviceFamily` that an answer tells of; gives the number of its row. */
  add(message: MessageReader, serviceFamily: Family): number {
    const row = this.#length;
    const base = row * rowLength;
    if (base + rowLength > this.#numbers.length) this.#grow();
    const numbers = this.#numbers;
    numbers[base + at.family] = serviceFamily === 'inet' ? AF_INET : AF_INET6;
    numbers[base + at.tunnelType] = 0;
    numbers[base + at.tunnelPort] = 0;
    numbers[base + at.tunnelFlags] = 0;
    const { plan, demand } = this.#reading;
    demand(message.numbers(GENL_HDRLEN, plan, numbers, base));
    this.#check(base);
    this.#length = row + 1;
    return row;
  }

  /** Forgets all rows. */
  clear(): void {
    this.#length = 0;
  }

  /** The server of a row: lent until another is asked for, or one is added. */
  at(row: number): Destination {
    return this.#lent.turnTo(this.#numbers, row * rowLength);
  }

  /** Whether the server of a row has an IPv4 address. */
  isInet(row: number): boolean {
    return this.#numbers[row * rowLength + at.family] === AF_INET;
  }

  /** The number of 32 bits, with a sign, that four bytes of its address make, as {@link Address.word} gives it. */
  addressWord(row: number, index: number): number {
    return (this.#numbers[row * rowLength + index] ?? 0) | 0;
  }

  port(row: number): number {
    return this.#numbers[row * rowLength + at.port] ?? 0;
  }

  /** Makes sure that what stands for names has one; of an IPv4 address, the rest of the four numbers is 0. */
  #check(base: number): void {
    const numbers = this.#numbers;
    const { families, forwardings, tunnelTypes } = this.#reading;
    const family = nameOf(families, numbers[base + at.family] ?? 0, 'family');
    if (family === 'inet') for (let index = 1; index < 4; index++) numbers[base + index] = 0;
    nameOf(forwardings, numbers[base + at.forwarding] ?? 0, 'forwarding');
    nameOf(tunnelTypes, numbers[base + at.tunnelType] ?? 0, 'tunnelType');
  }

  #grow(): void {
    const grown = new Uint32Array(2 * this.#numbers.length);
    grown.set(this.#numbers);
    this.#numbers = grown;
  }
}

/** A server whose fields stand in a row of numbers: each is read when it is asked for. */
class LentDestination implements Destination {
  readonly #reading = reading();
  readonly #stats = new LentStats();
  #numbers: Uint32Array = new Uint32Array();
  #base = 0;

  /** Has it read those that stand in `numbers` from `base` on. */
  turnTo(numbers: Uint32Array, base: number): this {
    this.#numbers = numbers;
    this.#base = base;
    return this;
  }

  get id() {
    const family = nameOf(this.#reading.families, this.#at(at.family), 'family');
    return { address: addressIn(this.#numbers, this.#base, family), port: this.#at(at.port) };
  }

  get forwarding(): Forwarding {
    return nameOf(this.#reading.forwardings, this.#at(at.forwarding), 'forwarding');
  }

  get weight() {
    return this.#at(at.weight);
  }

  get upperThreshold() {
    return this.#at(at.upperThreshold);
  }

  get lowerThreshold() {
    return this.#at(at.lowerThreshold);
  }

  get tunnel(): Tunnel {
    const type = nameOf(this.#reading.tunnelTypes, this.#at(at.tunnelType), 'tunnelType');
    return { type, port: this.#at(at.tunnelPort), flags: this.#at(at.tunnelFlags) };
  }

  get activeConnections() {
    return this.#at(at.activeConnections);
  }

  get inactiveConnections() {
    return this.#at(at.inactiveConnections);
  }

  get persistentConnections() {
    return this.#at(at.persistentConnections);
  }

  get stats(): Stats {
    return this.#stats.turnTo(this.#numbers, this.#base + at.counters);
  }

  #at(place: number): number {
    return this.#numbers[this.#base + place] ?? 0;
  }
}
