import type { DestinationSettings, Forwarding } from '../model.ts';
import { forwardingNumbers, tunnelTypeNumbers } from '../schema/destination.ts';
import { namesByNumber } from '../schema/wire-types.ts';
import { NumberArray } from './number-array.ts';

/** Columns of a real server's entry. */
export enum DestinationField {
  /** Four 32-bit words, most significant byte first; the last three are 0 for an IPv4 address. */
  address,
  port = address + 4,
  family,
  /** Bit set of the attributes that were sent. */
  sentBits,
  /** First of {@link serverSettings}, which begin with those about forwarding. */
  forwarding,
  tunnelType,
  tunnelPort,
  tunnelFlags,
  weight,
  upperThreshold,
  lowerThreshold,
  activeConnections,
  inactiveConnections,
  persistentConnections,
  counters,
}

/** Columns of all settings, excluding `end`: a listing writes the same text for entries with equal numbers there. */
export const serverSettings = {
  first: DestinationField.forwarding,
  end: DestinationField.activeConnections,
} as const;

/** Forwarding methods and tunnel types, indexed by the kernel's numbers. */
export const forwardings = namesByNumber(forwardingNumbers);
export const tunnelTypes = namesByNumber(tunnelTypeNumbers);

/** Real servers as rows of numbers, for listings of thousands. */
export class DestinationArray {
  readonly entries: NumberArray;

  constructor({ counters }: { readonly counters: boolean }) {
    this.entries = new NumberArray(DestinationField.counters, counters);
  }

  /** Returns the forwarding method of the server at index `server`. */
  forwarding(server: number): Forwarding {
    const { numbers, width } = this.entries;
    return forwardings[numbers[server * width + DestinationField.forwarding] ?? 0] ?? 'masquerade';
  }

  /** Returns the settings of the server whose entry begins at `base`. */
  settings(base: number): DestinationSettings {
    const { numbers } = this.entries;
    const at = (field: DestinationField) => (numbers[base + field] ?? 0) >>> 0;
    return {
      forwarding: forwardings[at(DestinationField.forwarding)] ?? 'masquerade',
      weight: at(DestinationField.weight),
      upperThreshold: at(DestinationField.upperThreshold),
      lowerThreshold: at(DestinationField.lowerThreshold),
      tunnel: {
        type: tunnelTypes[at(DestinationField.tunnelType)] ?? 'ipip',
        port: at(DestinationField.tunnelPort),
        flags: at(DestinationField.tunnelFlags),
      },
    };
  }
}
