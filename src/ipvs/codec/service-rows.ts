import { writeNumbers } from '../../netlink/numbers.ts';
import type { MessageReader } from '../../netlink/reader.ts';
import { isText, readText } from '../../netlink/text.ts';
import type { MessageWriter } from '../../netlink/writer.ts';
import type { Family } from '../address.ts';
import { AF_INET, IPVS_CMD_ATTR_SERVICE, IPVS_SVC_ATTR_STATS, IPVS_SVC_ATTR_STATS64 } from '../constants.ts';
import type { Protocol, Service, ServiceId } from '../model.ts';
import { protocolOf } from '../protocol.ts';
import { familyNumbers } from './field-types.ts';
import { addressIn, demand, lazily, NumberRows, nameOf, namesBy, type RowOptions } from './row.ts';
import { RowPlan } from './row-plan.ts';
import { serviceTable, swapNetmask } from './service.ts';
import { countersLength, LentStats } from './stats.ts';
import { numberFields, numberPlan } from './table-numbers.ts';

/** Where the fields of a service stand in its row. The address has four numbers, of which an IPv4 one is the first. */
const at = {
  inet6Address: 0,
  port: 4,
  family: 5,
  protocol: 6,
  fwmark: 7,
  flags: 8,
  timeout: 9,
  netmask: 10,
  // Names: their numbers. While a message is read, where they stand in it and their lengths.
  scheduler: 11,
  persistenceEngine: 13,
} as const;
const lengthWithoutCounters = 15;

/** How rows are read, and what makes sure that all was sent. */
function readingOf(counters: boolean) {
  const plan = new RowPlan({
    attribute: IPVS_CMD_ATTR_SERVICE,
    stats32: IPVS_SVC_ATTR_STATS,
    stats64: IPVS_SVC_ATTR_STATS64,
    places: at,
    planOf: (fields) => numberPlan(serviceTable, fields),
    counters: counters ? lengthWithoutCounters : undefined,
  });
  return {
    plan,
    demandOfMark: demand(plan.fields, ['inet6Address', 'port', 'protocol', 'persistenceEngine']),
    demandOfAddress: demand(plan.fields, ['fwmark', 'persistenceEngine']),
  };
}
const reading = lazily(() => readingOf(true));
const readingWithoutCounters = lazily(() => readingOf(false));

/** What says which service is meant, as {@link fromServiceId} has it. */
const markFields = lazily(() => numberFields(serviceTable, { family: at.family, fwmark: at.fwmark }));
const inetFields = lazily(() => {
  const { family, protocol, inet6Address: inetAddress, port } = at;
  return numberFields(serviceTable, { family, protocol, inetAddress, port });
});
const inet6Fields = lazily(() => {
  const { family, protocol, inet6Address, port } = at;
  return numberFields(serviceTable, { family, protocol, inet6Address, port });
});

const families = lazily(() => namesBy(familyNumbers));

/**
 * Virtual services as the kernel tells of them, each as a row of numbers. A table may have thousands, and objects for each of
 * them would cost more than all else.
 */
export class ServiceRows {
  readonly #rows: NumberRows;
  readonly #lent: LentService;
  readonly #reading: ReturnType<typeof readingOf>;
  /** Of schedulers and persistence engines, by the number in the row; the first stands for none. */
  readonly #names = [''];
  /** Those of the latest service. */
  #scheduler = 0;
  #engine = 0;

  constructor({ counters = true }: RowOptions = {}) {
    this.#rows = new NumberRows(lengthWithoutCounters + (counters ? countersLength : 0));
    this.#lent = new LentService(this.#rows, this.#names, counters);
    this.#reading = counters ? reading() : readingWithoutCounters();
  }

  /** Adds the service that an answer tells of; gives the number of its row. */
  add(message: MessageReader): number {
    const rows = this.#rows;
    const row = rows.next();
    const base = rows.baseOf(row);
    const { numbers } = rows;
    numbers.fill(0, base, base + lengthWithoutCounters);
    const { plan, demandOfMark, demandOfAddress } = this.#reading;
    const found = plan.read(message, numbers, base);
    if (numbers[base + at.fwmark]) demandOfMark(found);
    else demandOfAddress(found);
    const family = nameOf(families(), numbers[base + at.family] ?? 0, 'family');
    if (family === 'inet') numbers.fill(0, base + 1, base + 4);
    // The numbers of names take the place of where they stand.
    this.#scheduler = this.#nameAt(message, numbers, base + at.scheduler, this.#scheduler);
    this.#engine = this.#nameAt(message, numbers, base + at.persistenceEngine, this.#engine);
    numbers[base + at.scheduler] = this.#scheduler;
    numbers[base + at.persistenceEngine] = this.#engine;
    rows.keep();
    return row;
  }

  /** The service of a row: lent until another is asked for, or one is added. */
  at(row: number): LentService {
    return this.#lent.turnTo(row);
  }

  /** Writes what says that the service of a row is meant. */
  writeId(row: number, writer: MessageWriter): void {
    const start = writer.openNested(IPVS_CMD_ATTR_SERVICE);
    writeNumbers(writer, this.#idFields(row), this.#rows.numbers, this.#rows.baseOf(row));
    writer.closeNested(start);
  }

  #idFields(row: number) {
    if (this.fwmark(row)) return markFields();
    return this.isInet(row) ? inetFields() : inet6Fields();
  }

  /** Whether the service of a row is reached at an IPv4 address. */
  isInet(row: number): boolean {
    return this.fwmark(row) === 0 && this.#rows.get(row, at.family) === AF_INET;
  }

  /** The number of 32 bits, with a sign, that four bytes of its address make, as {@link Address.word} gives it. */
  addressWord(row: number, index: number): number {
    return this.#rows.get(row, index) | 0;
  }

  port(row: number): number {
    return this.#rows.get(row, at.port);
  }

  family(row: number): Family {
    return this.familyNumber(row) === AF_INET ? 'inet' : 'inet6';
  }

  /** The kernel's number of it. */
  familyNumber(row: number): number {
    return this.#rows.get(row, at.family);
  }

  /** The number of its protocol; 0 behind a firewall mark. */
  protocolNumber(row: number): number {
    return this.#rows.get(row, at.protocol);
  }

  /** Its protocol; `undefined` behind a firewall mark. */
  protocol(row: number): Protocol | undefined {
    return this.fwmark(row) ? undefined : protocolOf(this.protocolNumber(row));
  }

  /** 0 where there is none. */
  fwmark(row: number): number {
    return this.#rows.get(row, at.fwmark);
  }

  /** The number of the name whose position and length in the message stand there; mostly it is the latest. */
  #nameAt(message: MessageReader, numbers: Uint32Array, place: number, latest: number): number {
    const position = numbers[place] ?? 0;
    const length = numbers[place + 1] ?? 0;
    if (isText(message.view, position, length, this.#names[latest] ?? '')) return latest;
    const name = readText(message.view, position, length);
    const known = this.#names.indexOf(name);
    return known >= 0 ? known : this.#names.push(name) - 1;
  }
}

/** A service whose fields stand in a row of numbers: each is read when it is asked for. */
export class LentService implements Service {
  readonly #rows: NumberRows;
  readonly #names: readonly string[];
  readonly #stats: LentStats;
  #row = 0;

  constructor(rows: NumberRows, names: readonly string[], counters: boolean) {
    this.#rows = rows;
    this.#names = names;
    this.#stats = new LentStats(rows, counters ? lengthWithoutCounters : undefined);
  }

  /** Has it tell of the service in that row from now on. */
  turnTo(row: number): this {
    this.#row = row;
    return this;
  }

  get id(): ServiceId {
    const family = this.#family();
    const fwmark = this.#at(at.fwmark);
    if (fwmark) return { kind: 'fwmark', family, fwmark };
    const address = addressIn(this.#rows.numbers, this.#rows.baseOf(this.#row), family);
    return { kind: 'address', protocol: this.#protocol(), address, port: this.#at(at.port) };
  }

  get scheduler() {
    return this.#names[this.#at(at.scheduler)] ?? '';
  }

  get persistenceEngine() {
    return this.#names[this.#at(at.persistenceEngine)] || undefined;
  }

  get flags() {
    return this.#at(at.flags);
  }

  get timeout() {
    return this.#at(at.timeout);
  }

  get netmask() {
    return swapNetmask(this.#family(), this.#at(at.netmask));
  }

  get stats(): LentStats {
    return this.#stats.turnTo(this.#row);
  }

  #family(): Family {
    return nameOf(families(), this.#at(at.family), 'family');
  }

  #protocol(): Protocol {
    return protocolOf(this.#at(at.protocol));
  }

  #at(place: number): number {
    return this.#rows.get(this.#row, place);
  }
}
