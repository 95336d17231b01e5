import type { Address } from '../ipvs/address.ts';
import type { DestinationRows } from '../ipvs/codec/destination-rows.ts';
import { familyNumbers } from '../ipvs/codec/field-types.ts';
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
      rows.family(a) - rows.family(b) ||
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

/** The same of the first `count` of servers that all are IPv4, their addresses as numbers of 32 bits: which comes when. */
export function orderInetServers(addresses: Int32Array, ports: Int32Array, count: number): readonly number[] {
  const order: number[] = [];
  for (let index = 0; index < count; index++) order.push(index);
  if (isDescending(order, (index) => addresses[index] ?? 0)) return order.reverse();
  return mergeSort(
    order,
    (a, b) => difference(addresses[a] ?? 0, addresses[b] ?? 0) || (ports[a] ?? 0) - (ports[b] ?? 0),
  );
}

/** The same of servers in rows of numbers. */
export function orderRows(rows: DestinationRows, servers: readonly number[]): readonly number[] {
  const first = (row: number) => rows.addressWord(row, 0);
  if (servers.every((row) => rows.isInet(row)) && isDescending(servers, first)) return servers.toReversed();
  return mergeSort(servers, (a, b) => compareWords(rows, a, b) || rows.port(a) - rows.port(b));
}

/** Compares the addresses in two rows as {@link compareAddresses} does. */
function compareWords(rows: ServiceRows | DestinationRows, a: number, b: number): number {
  for (let index = 0; index < 4; index++) {
    const found = difference(rows.addressWord(a, index), rows.addressWord(b, index));
    if (found) return found;
  }
  return 0;
}

/**
 * Whether each number is below the one before, and all lie in one half of the range, so that this is their order. The kernel
 * lists the newest server first, so those that were added in order stand like that.
 */
function isDescending(items: readonly number[], addressOf: (item: number) => number): boolean {
  let before = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const address = addressOf(item);
    if (address >= before) return false;
    before = address;
  }
  return items.length === 0 || addressOf(items[0] ?? 0) - before < 2 ** 31;
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
