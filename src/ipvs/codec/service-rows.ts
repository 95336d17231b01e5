import { GENL_HDRLEN } from '../../netlink/constants.ts';
import { NumberPlan } from '../../netlink/numbers.ts';
import { MessageReader } from '../../netlink/reader.ts';
import type { Family } from '../address.ts';
import { IPVS_CMD_ATTR_SERVICE, IPVS_SVC_ATTR_STATS, IPVS_SVC_ATTR_STATS64 } from '../constants.ts';
import type { Service, ServiceId, Stats } from '../model.ts';
import { protocolOf } from '../protocol.ts';
import { familyNumbers } from './field-types.ts';
import { addressIn, demand, lazily, nameOf, namesBy, rowFields } from './row.ts';
import { serviceTable, swapNetmask } from './service.ts';
import { countersLength, LentStats, planCounters } from './stats.ts';

/** Where the fields of a service stand in its row. The address has four numbers, texts have two. */
const at = {
  inet6Address: 0,
  port: 4,
  family: 5,
  protocol: 6,
  fwmark: 7,
  flags: 8,
  timeout: 9,
  netmask: 10,
  scheduler: 11,
  persistenceEngine: 13,
  counters: 16,
} as const;

/** How a row is read: the plan, and what makes sure that all was sent. */
const reading = lazily(() => {
  const { counters: _, ...places } = at;
  const fields = rowFields(places, { firstPlace: 0, firstBit: 0 });
  const service = serviceTable.numberPlan(fields);
  const attributes = { stats32: IPVS_SVC_ATTR_STATS, stats64: IPVS_SVC_ATTR_STATS64 };
  const counters = planCounters(service, attributes, at.counters, Object.keys(fields).length);
  const all = { ...fields, ...counters };
  return {
    plan: new NumberPlan().addNested(IPVS_CMD_ATTR_SERVICE, service),
    demandOfMark: demand(all, ['inet6Address', 'port', 'protocol', 'persistenceEngine']),
    demandOfAddress: demand(all, ['fwmark', 'persistenceEngine']),
    families: namesBy(familyNumbers),
  };
});

/**
 * The virtual service that an answer tells of, as a row of numbers: what is asked for is read then, as long as the message is
 * valid. A table may have thousands of them, and most of what the kernel tells is not wanted most of the time.
 */
export class LentService implements Service {
  readonly #reading = reading();
  readonly #stats = new LentStats();
  readonly #row = new Uint32Array(at.counters + countersLength);
  #message = new MessageReader(new Uint8Array());

  /** Has it tell of the service in `message` from now on. */
  turnTo(message: MessageReader): this {
    this.#message = message;
    this.#row.fill(0);
    const { plan, demandOfMark, demandOfAddress } = this.#reading;
    const found = message.numbers(GENL_HDRLEN, plan, this.#row, 0);
    if (this.#at(at.fwmark)) demandOfMark(found);
    else demandOfAddress(found);
    return this;
  }

  get id(): ServiceId {
    const family = this.#family();
    const fwmark = this.#at(at.fwmark);
    if (fwmark) return { kind: 'fwmark', family, fwmark };
    const protocol = protocolOf(this.#at(at.protocol));
    return { kind: 'address', protocol, address: addressIn(this.#row, 0, family), port: this.#at(at.port) };
  }

  get scheduler() {
    return this.#text(at.scheduler);
  }

  get persistenceEngine() {
    return this.#at(at.persistenceEngine) ? this.#text(at.persistenceEngine) : undefined;
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

  get stats(): Stats {
    return this.#stats.turnTo(this.#row, at.counters);
  }

  #family(): Family {
    return nameOf(this.#reading.families, this.#at(at.family), 'family');
  }

  #text(place: number): string {
    return this.#message.text(this.#at(place), this.#at(place + 1));
  }

  #at(place: number): number {
    return this.#row[place] ?? 0;
  }
}
