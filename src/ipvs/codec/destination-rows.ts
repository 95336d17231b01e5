import type { MessageReader } from '../../netlink/reader.ts';
import type { Family } from '../address.ts';
import {
  AF_INET,
  AF_INET6,
  IPVS_CMD_ATTR_DEST,
  IPVS_DEST_ATTR_STATS,
  IPVS_DEST_ATTR_STATS64,
} from '../constants.ts';
import type { Destination, Forwarding, Tunnel } from '../model.ts';
import { destinationTable, forwardingNumbers, tunnelTypeNumbers } from './destination.ts';
import { familyNumbers } from './field-types.ts';
import { addressIn, demand, lazily, NumberRows, nameOf, namesBy, type RowOptions } from './row.ts';
import { RowPlan } from './row-plan.ts';
import { countersLength, LentStats } from './stats.ts';
import { numberPlan } from './table-numbers.ts';

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
} as const;
const lengthWithoutCounters = 16;

/** How rows are read, and what makes sure that all was sent but what older kernels do not send. */
function readingOf(counters: boolean) {
  const plan = new RowPlan({
    attribute: IPVS_CMD_ATTR_DEST,
    stats32: IPVS_DEST_ATTR_STATS,
    stats64: IPVS_DEST_ATTR_STATS64,
    places: at,
    planOf: (fields) => numberPlan(destinationTable, fields),
    counters: counters ? lengthWithoutCounters : undefined,
  });
  return { plan, demand: demand(plan.fields, ['family', 'tunnelType', 'tunnelPort', 'tunnelFlags']) };
}
const reading = lazily(() => readingOf(true));
const readingWithoutCounters = lazily(() => readingOf(false));

/** What numbers stand for. */
const names = lazily(() => ({
  families: namesBy(familyNumbers),
  forwardings: namesBy(forwardingNumbers),
  tunnelTypes: namesBy(tunnelTypeNumbers),
}));

/**
 * Real servers as the kernel tells of them, each as a row of numbers. A table may have tens of thousands, and an object for
 * each of them would cost more than all else.
 */
export class DestinationRows {
  readonly #rows: NumberRows;
  readonly #lent: LentDestination;
  readonly #reading: ReturnType<typeof readingOf>;
  readonly #names = names();

  constructor({ counters = true }: RowOptions = {}) {
    this.#rows = new NumberRows(lengthWithoutCounters + (counters ? countersLength : 0));
    this.#lent = new LentDestination(this.#rows, counters);
    this.#reading = counters ? reading() : readingWithoutCounters();
  }

  /** Adds the server of a service of `serviceFamily` that an answer tells of; gives the number of its row. */
  add(message: MessageReader, serviceFamily: Family): number {
    const rows = this.#rows;
    const row = rows.next();
    const base = rows.baseOf(row);
    const { numbers } = rows;
    numbers[base + at.family] = serviceFamily === 'inet' ? AF_INET : AF_INET6;
    numbers[base + at.tunnelType] = 0;
    numbers[base + at.tunnelPort] = 0;
    numbers[base + at.tunnelFlags] = 0;
    const { plan, demand } = this.#reading;
    demand(plan.read(message, numbers, base));
    this.#check(numbers, base);
    rows.keep();
    return row;
  }

  /** Forgets all rows. */
  clear(): void {
    this.#rows.clear();
  }

  /** The server of a row: lent until another is asked for, or one is added. */
  at(row: number): LentDestination {
    return this.#lent.turnTo(row);
  }

  /** Whether the server of a row has an IPv4 address. */
  isInet(row: number): boolean {
    return this.#rows.get(row, at.family) === AF_INET;
  }

  /** The number of 32 bits, with a sign, that four bytes of its address make, as {@link Address.word} gives it. */
  addressWord(row: number, index: number): number {
    return this.#rows.get(row, index) | 0;
  }

  port(row: number): number {
    return this.#rows.get(row, at.port);
  }

  /** Makes sure that what stands for names has one; of an IPv4 address, the rest of the four numbers is 0. */
  #check(numbers: Uint32Array, base: number): void {
    const { families, forwardings, tunnelTypes } = this.#names;
    const family = nameOf(families, numbers[base + at.family] ?? 0, 'family');
    if (family === 'inet') for (let index = 1; index < 4; index++) numbers[base + index] = 0;
    nameOf(forwardings, numbers[base + at.forwarding] ?? 0, 'forwarding');
    nameOf(tunnelTypes, numbers[base + at.tunnelType] ?? 0, 'tunnelType');
  }
}

/** A server whose fields stand in a row of numbers: each is read when it is asked for. */
export class LentDestination implements Destination {
  readonly #names = names();
  readonly #rows: NumberRows;
  readonly #stats: LentStats;
  #row = 0;

  constructor(rows: NumberRows, counters: boolean) {
    this.#rows = rows;
    this.#stats = new LentStats(rows, counters ? lengthWithoutCounters : undefined);
  }

  /** Has it tell of the server in that row from now on. */
  turnTo(row: number): this {
    this.#row = row;
    return this;
  }

  get id() {
    const family = nameOf(this.#names.families, this.#at(at.family), 'family');
    const address = addressIn(this.#rows.numbers, this.#rows.baseOf(this.#row), family);
    return { address, port: this.#at(at.port) };
  }

  get forwarding(): Forwarding {
    return nameOf(this.#names.forwardings, this.#at(at.forwarding), 'forwarding');
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
    const type = nameOf(this.#names.tunnelTypes, this.#at(at.tunnelType), 'tunnelType');
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

  get stats(): LentStats {
    return this.#stats.turnTo(this.#row);
  }

  #at(place: number): number {
    return this.#rows.get(this.#row, place);
  }
}
