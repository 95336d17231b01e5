import type { Address } from '../ipvs/address.ts';
import type { Destination, Protocol, Service, ServiceId } from '../ipvs/model.ts';

/**
 * Services in the order in which ipvsadm lists them: by firewall mark, family, protocol, address and port.
 *
 * The reference subtracts 32-bit numbers and looks at the sign of what is left, so numbers that lie more than half the
 * range apart come the wrong way round (192.168.0.1 before 10.0.0.1), and three may have no order at all. Which order
 * they get then is decided by how they are sorted; it is glibc's merge sort, so {@link mergeSort} is that too.
 */
export function sortServices<T extends { readonly service: Pick<Service, 'id'> }>(
  entries: readonly T[],
): T[] {
  return sortBy(
    entries,
    ({ service: { id } }) => keyOf(id),
    (a, b) =>
      difference(a.fwmark, b.fwmark) ||
      a.family - b.family ||
      a.protocol - b.protocol ||
      differenceOfWords(a.words, b.words) ||
      a.port - b.port,
  );
}

/** Real servers in the order in which ipvsadm lists them: by address and port, whatever the family. */
export function sortDestinations<T extends Pick<Destination, 'id'>>(destinations: readonly T[]): T[] {
  return sortBy(
    destinations,
    ({ id }) => ({ words: wordsOf(id.address), port: id.port }),
    (a, b) => differenceOfWords(a.words, b.words) || a.port - b.port,
  );
}

const protocolNumbers: Record<Protocol, number> = { tcp: 6, udp: 17, sctp: 132 };

function keyOf(id: ServiceId) {
  return id.kind === 'fwmark'
    ? { fwmark: id.fwmark, family: familyNumbers[id.family], protocol: 0, words: noWords, port: 0 }
    : {
        fwmark: 0,
        family: familyNumbers[id.address.family],
        protocol: protocolNumbers[id.protocol],
        words: wordsOf(id.address),
        port: id.port,
      };
}

/** `AF_INET` and `AF_INET6`, `<sys/socket.h>`. */
const familyNumbers = { inet: 2, inet6: 10 } as const;

const noWords: readonly number[] = [0, 0, 0, 0];

/** An address as four 32-bit numbers; an IPv4 address is the first of them. */
function wordsOf({ bytes }: Address): readonly number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return noWords.map((zero, index) => (4 * index < bytes.length ? view.getUint32(4 * index) : zero));
}

function difference(a: number, b: number): number {
  return (a - b) | 0;
}

function differenceOfWords(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < 4; index++) {
    const found = difference(a[index] ?? 0, b[index] ?? 0);
    if (found) return found;
  }
  return 0;
}

function sortBy<T, K>(items: readonly T[], key: (item: T) => K, compare: (a: K, b: K) => number): T[] {
  const keyed = items.map((item) => ({ item, key: key(item) }));
  return mergeSort(keyed, (a, b) => compare(a.key, b.key)).map(({ item }) => item);
}

/** A stable merge sort that halves as qsort(3) of glibc does, the smaller half first. */
function mergeSort<T>(items: readonly T[], compare: (a: T, b: T) => number): readonly T[] {
  if (items.length < 2) return items;
  const middle = items.length >> 1;
  const left = mergeSort(items.slice(0, middle), compare);
  const right = mergeSort(items.slice(middle), compare);
  const merged: T[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    const [a, b] = [left[l] as T, right[r] as T];
    if (compare(a, b) <= 0) {
      merged.push(a);
      l++;
    } else {
      merged.push(b);
      r++;
    }
  }
  return merged.concat(left.slice(l), right.slice(r));
}
