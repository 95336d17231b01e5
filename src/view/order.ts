import { platform } from '#platform';
import type { Address } from '../ipvs/address.ts';
import { type Destination, familyOf, type ServiceId } from '../ipvs/model.ts';
import { protocolNumber } from '../ipvs/protocol.ts';
import { familyNumbers } from '../ipvs/schema/wire-types.ts';

/**
 * Sorts services in the order in which ipvsadm lists them: by firewall mark, family, protocol, address and port.
 *
 * ipvsadm 1.31 subtracts 32-bit numbers and tests the sign of the result, so numbers more than half the range apart come in
 * reverse order (192.168.0.1 before 10.0.0.1), and three numbers may have no consistent order. The result then depends on the
 * sort algorithm, which is glibc's merge sort, so {@link mergeSort} implements the same one.
 */
export function sortServices<T>(items: readonly T[], idOf: (item: T) => ServiceId): T[] {
  return mergeSort(items, (a, b) => compareServices(idOf(a), idOf(b)));
}

/** Sorts real servers in the order in which ipvsadm lists them: by address and port, regardless of family. */
export function sortDestinations<T extends Pick<Destination, 'id'>>(destinations: readonly T[]): T[] {
  return mergeSort(
    destinations,
    (a, b) => compareAddresses(a.id.address, b.id.address) || a.id.port - b.id.port,
  );
}

function compareServices(a: ServiceId, b: ServiceId): number {
  if (a.kind === 'fwmark' || b.kind === 'fwmark') {
    const byMark = subtractWrapping(markOf(a), markOf(b));
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

/** Compares addresses as four 32-bit words; an IPv4 address is the first word, and the others are zero. */
function compareAddresses(a: Address, b: Address): number {
  const first = subtractWrapping(a.word(0), b.word(0));
  if (first || (a.family === 'inet' && b.family === 'inet')) return first;
  return (
    subtractWrapping(a.word(1), b.word(1)) ||
    subtractWrapping(a.word(2), b.word(2)) ||
    subtractWrapping(a.word(3), b.word(3))
  );
}

/** Subtracts in 32 bits, as ipvsadm 1.31 does: the sign is wrong if the numbers are more than half the range apart. */
export function subtractWrapping(a: number, b: number): number {
  return (a - b) | 0;
}

/** Sorts items with a stable merge sort that halves as glibc's qsort(3) does, smaller half first. */
export function mergeSort<T>(items: readonly T[], compare: (a: T, b: T) => number): T[] {
  const sorted = items.slice();
  sortRange(sorted, 0, sorted.length, [], compare);
  return sorted;
}

/** Sorts the items from `start` to before `end`; `left` is scratch space for one half. */
function sortRange<T>(
  sorted: T[],
  start: number,
  end: number,
  left: T[],
  compare: (a: T, b: T) => number,
): void {
  if (end - start < 2) return;
  const middle = start + ((end - start) >> 1);
  sortRange(sorted, start, middle, left, compare);
  sortRange(sorted, middle, end, left, compare);
  for (let index = start; index < middle; index++) left[index - start] = sorted[index] as T;
  let l = 0;
  let r = middle;
  // The remaining items of the right half are already in place.
  for (let to = start; l < middle - start; to++) {
    const takeLeft = r === end || compare(left[l] as T, sorted[r] as T) <= 0;
    sorted[to] = (takeLeft ? left[l++] : sorted[r++]) as T;
  }
}

platform.tuneForBulk(mergeSort, sortRange, subtractWrapping);
