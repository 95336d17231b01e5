import type { DestinationSettings, Forwarding } from '../model.ts';
import { forwardingNumbers, tunnelTypeNumbers } from '../schema/destination.ts';
import { namesByNumber } from '../schema/wire-types.ts';
import { NumberArray } from './number-array.ts';

/** Places of the numbers of a real server in its entry. */
export enum DestinationField {
  /** Four numbers, the first byte of the address the highest of the first; of an IPv4 address the others are 0. */
  address,
  port = address + 4,
  family,
  /** The bits of the attributes that were sent. */
  found,
  /** First of {@link serverSettings}; those that say how packets are forwarded come first. */
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

/** Places of all settings in an entry, up to `end`: a listing writes the same text where the same numbers stand there. */
export const serverSettings = {
  first: DestinationField.forwarding,
  end: DestinationField.activeConnections,
} as const;

/** Forwarding methods and kinds of tunnels by the kernel's numbers. */
export const forwardings = namesByNumber(forwardingNumbers);
export const tunnelTypes = namesByNumber(tunnelTypeNumbers);

/** Real servers as numbers, for listings of thousands. */
export class DestinationArray {
  readonly entries: NumberArray;

  constructor({ counters }: { readonly counters: boolean }) {
    this.entries = new NumberArray(DestinationField.counters, counters);
  }

  /** The forwarding method of a server. */
  forwarding(server: number): Forwarding {
    const { numbers, width } = this.entries;
    return forwardings[numbers[server * width + DestinationField.forwarding] ?? 0] ?? 'masquerade';
  }

  /** The settings of the server whose entry begins at `base`. */
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
