import { platform } from '#platform';
import { AF_INET } from '../../netlink/constants.ts';
import { Address } from '../address.ts';
import type { ServiceId, ServiceSettings } from '../model.ts';
import { protocolOf } from '../protocol.ts';
import { NumberArray } from './number-array.ts';

/** Columns of a virtual service's entry. */
export enum ServiceField {
  /** Four 32-bit words, most significant byte first; the last three are 0 for an IPv4 address. */
  address,
  port = address + 4,
  /** Bit set of the attributes that were sent. */
  sentBits,
  protocol,
  fwmark,
  /** The kernel's number, `AF_*`. First of {@link serviceSettings}, because the text of the settings depends on it. */
  family,
  /** Index of the name in {@link NumberArray.names}; likewise for the persistence engine. */
  scheduler,
  persistenceEngine,
  flags,
  timeout,
  netmask,
  counters,
}

/**
 * Columns of the family and all settings, excluding `end`: a listing writes the same text for entries with equal numbers there.
 */
export const serviceSettings = { first: ServiceField.family, end: ServiceField.counters } as const;

/** Virtual services as rows of numbers, for listings of thousands. */
export class ServiceArray {
  readonly entries: NumberArray;

  constructor({ counters }: { readonly counters: boolean }) {
    this.entries = new NumberArray(ServiceField.counters, counters);
  }

  /** Returns the identity of the service whose entry begins at `base`. */
  id(base: number): ServiceId {
    const { numbers } = this.entries;
    const at = (field: ServiceField) => (numbers[base + field] ?? 0) >>> 0;
    const family = at(ServiceField.family) === AF_INET ? 'inet' : 'inet6';
    const fwmark = at(ServiceField.fwmark);
    if (fwmark) return { kind: 'fwmark', family, fwmark };
    const address = addressAt(numbers, base + ServiceField.address, family === 'inet');
    const protocol = protocolOf(at(ServiceField.protocol));
    return { kind: 'address', protocol, address, port: at(ServiceField.port) };
  }

  /** Returns whether the service whose entry begins at `base` has an IPv4 address, rather than a firewall mark. */
  isAtInet(base: number): boolean {
    const { numbers } = this.entries;
    return numbers[base + ServiceField.fwmark] === 0 && numbers[base + ServiceField.family] === AF_INET;
  }

  /** Returns the settings of the service whose entry begins at `base`. */
  settings(base: number): ServiceSettings {
    const { numbers, names } = this.entries;
    const at = (field: ServiceField) => (numbers[base + field] ?? 0) >>> 0;
    return {
      scheduler: names.texts[at(ServiceField.scheduler)] ?? '',
      persistenceEngine: names.texts[at(ServiceField.persistenceEngine)] || undefined,
      flags: at(ServiceField.flags),
      timeout: at(ServiceField.timeout),
      netmask: at(ServiceField.netmask),
    };
  }
}

/** Returns the address whose four words are in `numbers` from index `at`. */
export function addressAt(numbers: Int32Array, at: number, isInet: boolean): Address {
  const first = numbers[at] ?? 0;
  if (isInet) return Address.fromWord(first);
  return Address.fromWords(first, numbers[at + 1] ?? 0, numbers[at + 2] ?? 0, numbers[at + 3] ?? 0);
}

platform.tuneForBulk(ServiceArray);
