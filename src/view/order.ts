import type { Address } from '../ipvs/address.ts';
import type { DestinationRows } from '../ipvs/codec/destination-rows.ts';
import { familyNumbers } from '../ipvs/codec/field-types.ts';
import type { RowRange } from '../ipvs/codec/row.ts';
import type { ServiceRows } from '../ipvs/codec/service-rows.ts';
import { type Destination, familyOf, type ServiceId } from '../ipvs/model.ts';
import { protocolNumber } from '../ipvs/protocol.ts';

/**
 * Services in the order in which ipvsadm lists them: by firewall mark, family, protocol, address and port.
 *
 * The reference subtracts 32-bit numbers and looks at the sign of what is left, so numbers that lie more than half the
 * range apart come the wrong way round (192.168.0.1 before 10.0.0.1), and three may have no order at all. Which order
 * they get then is decided by how they are sorted; it is glibc's merge sort, so {@link mergeSort} is that too.
 */
export function sortServices<T>(items: readonly T[], idOf: (item: T) => ServiceId): T[] {
  return mergeSort(items, (a, b) => compareServices(idOf(a), idOf(b)));
}

/** The same of services in rows of numbers. */
export function orderServices(rows: ServiceRows, services: readonly number[]): number[] {
  return mergeSort(
    services,
    (a, b) =>
      difference(rows.fwmark(a), rows.fwmark(b)) ||
      rows.familyNumber(a) - rows.familyNumber(b) ||
      rows.protocolNumber(a) - rows.protocolNumber(b) ||
      compareWords(rows, a, b) ||
      rows.port(a) - rows.port(b),
  );
}

/** Real servers in the order in which ipvsadm lists them: by address and port, whatever the family. */
export function sortDestinations<T extends Pick<Destination, 'id'>>(destinations: readonly T[]): T[] {
  return mergeSort(
    destinations,
    (a, b) => compareAddresses(a.id.address, b.id.address) || a.id.port - b.id.port,
  );
}

/** The order of servers in rows that follow each other, or that of the rows themselves. */
export class RowOrder {
  readonly #sorted: boolean;
  readonly #inet = new InetOrder();

  constructor({ sorted }: { readonly sorted: boolean }) {
    this.#sorted = sorted;
  }

  /** Which row comes when. Valid until the next call. */
  order(rows: DestinationRows, { first, end }: RowRange): readonly number[] {
    if (!this.#sorted) return rowsFrom(first, end);
    for (let row = first; row < end; row++) {
      if (!rows.isInet(row)) return orderRows(rows, first, end);
      this.#inet.set(row - first, rows.addressWord(row, 0), rows.port(row));
    }
    return this.#inet.order(end - first, first);
  }
}

function orderRows(rows: DestinationRows, first: number, end: number): readonly number[] {
  return mergeSort(rowsFrom(first, end), (a, b) => compareWords(rows, a, b) || rows.port(a) - rows.port(b));
}

function rowsFrom(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}

/** The order of servers that all are IPv4. */
export class InetOrder {
  #addresses = new Int32Array(16);
  #ports = new Int32Array(16);
  readonly #order: number[] = [];

  /** Says what the address, as a number of 32 bits with a sign, and the port of the server of that number are. */
  set(index: number, address: number, port: number): void {
    if (index === this.#addresses.length) {
      this.#addresses = twice(this.#addresses);
      this.#ports = twice(this.#ports);
    }
    this.#addresses[index] = address;
    this.#ports[index] = port;
  }

  /** Which of the first `count` comes when, numbered from `base` on. Valid until the next call. */
  order(count: number, base = 0): readonly number[] {
    const order = this.#order;
    order.length = 0;
    if (this.#isDescending(count)) {
      for (let index = count - 1; index >= 0; index--) order.push(base + index);
      return order;
    }
    for (let index = 0; index < count; index++) order.push(base + index);
    return this.#sort(order, base);
  }

  #sort(order: readonly number[], base: number): readonly number[] {
    const [addresses, ports] = [this.#addresses, this.#ports];
    return mergeSort(
      order,
      (a, b) =>
        difference(addresses[a - base] ?? 0, addresses[b - base] ?? 0) ||
        (ports[a - base] ?? 0) - (ports[b - base] ?? 0),
    );
  }

  /**
   * Whether each address is below the one before, and all lie in one half of the range, so that this is their order. The
   * kernel lists the newest server first, so those that were added in order stand like that.
   */
  #isDescending(count: number): boolean {
    const highest = this.#addresses[0] ?? 0;
    let before = Number.POSITIVE_INFINITY;
    for (let index = 0; index < count; index++) {
      const address = this.#addresses[index] ?? 0;
      if (address >= before) return false;
      before = address;
    }
    return count === 0 || highest - before < 2 ** 31;
  }
}

function twice(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(2 * numbers.length);
  grown.set(numbers);
  return grown;
}

/** Compares the addresses in two rows as {@link compareAddresses} does. */
function compareWords(rows: ServiceRows | DestinationRows, a: number, b: number): number {
  for (let index = 0; index < 4; index++) {
    const found = difference(rows.addressWord(a, index), rows.addressWord(b, index));
    if (found) return found;
  }
  return 0;
}

function compareServices(a: ServiceId, b: ServiceId): number {
  if (a.kind === 'fwmark' || b.kind === 'fwmark') {
    const byMark = difference(markOf(a), markOf(b));
    return byMark || familyNumbers[familyOf(a)] - familyNumbers[familyOf(b)];
  }
  return (
    familyNumbers[a.address.family] - familyNumbers[b.address.family] ||
    protocolNumber(a.protocol) - protocolNumber(b.protocol) ||
    compareAddresses(a.address, b.address) ||
    a.port - b.port
  );
}

function markOf(id: ServiceId): number {
  return id.kind === 'fwmark' ? id.fwmark : 0;
}

/** By 32-bit words; an IPv4 address is the first of four, and the others are zero. */
function compareAddresses(a: Address, b: Address): number {
  const first = difference(a.word(0), b.word(0));
  if (first || (a.family === 'inet' && b.family === 'inet')) return first;
  return (
    difference(a.word(1), b.word(1)) || difference(a.word(2), b.word(2)) || difference(a.word(3), b.word(3))
  );
}

function difference(a: number, b: number): number {
  return (a - b) | 0;
}

/** A stable merge sort that halves as qsort(3) of glibc does, the smaller half first. */
function mergeSort<T>(items: readonly T[], compare: (a: T, b: T) => number): T[] {
  const sorted = items.slice();
  const left: T[] = [];
  sort(0, sorted.length);
  return sorted;

  function sort(start: number, end: number): void {
    if (end - start < 2) return;
    const middle = start + ((end - start) >> 1);
    sort(start, middle);
    sort(middle, end);
    for (let index = start; index < middle; index++) left[index - start] = sorted[index] as T;
    let l = 0;
    let r = middle;
    // What is left of the right half stands where it belongs.
    for (let to = start; l < middle - start; to++) {
      const takeLeft = r === end || compare(left[l] as T, sorted[r] as T) <= 0;
      sorted[to] = (takeLeft ? left[l++] : sorted[r++]) as T;
    }
  }
}
