import type { Address, Family } from '../ipvs/address.ts';
import { isInNetwork, type Network } from '../ipvs/network.ts';

/** The firewall rules that give packets another source address. */
export interface SourceNat {
  readonly rules: readonly SourceNatRule[];
  /** True when there are no others. */
  readonly isComplete: boolean;
}

/** A rule that gives packets another source address: `masquerade`, or `snat`. */
export interface SourceNatRule {
  readonly families: readonly Family[];
  /** Conditions on the packets, as far as they are understood; others may or may not hold. */
  readonly conditions: readonly PacketCondition[];
}

/** A condition of a rule: one of the values holds, or where it is negated, none of them. */
export type PacketCondition =
  | { readonly about: 'out'; readonly isNegated: boolean; readonly names: readonly string[] }
  | {
      readonly about: 'source' | 'destination';
      readonly isNegated: boolean;
      readonly networks: readonly Network[];
    };

/** Certainty that a rule takes packets from clients to a server: none, possible, or named where it names the way to the server. */
export type Reach = 'none' | 'possible' | 'named';

/**
 * Tells whether a rule gives packets from clients to a server another source address. A rule for packets from the server's own
 * network is one for what servers send by themselves.
 */
export function reachOf(
  { families, conditions }: SourceNatRule,
  server: Address,
  interfaceName: string | undefined,
): Reach {
  if (!families.includes(server.family)) return 'none';
  let reach: Reach = 'possible';
  for (const condition of conditions) {
    if (condition.about === 'source') {
      if (!condition.isNegated && isIn(server, condition.networks)) return 'none';
      continue;
    }
    const holds =
      condition.about === 'out'
        ? interfaceName === undefined || isNamed(interfaceName, condition.names)
        : isIn(server, condition.networks);
    if (holds === condition.isNegated) return 'none';
    if (!condition.isNegated) reach = 'named';
  }
  return reach;
}

/** Tells whether an interface has one of these names, in which `*` at the end stands for any ending. */
function isNamed(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}

function isIn(address: Address, networks: readonly Network[]): boolean {
  return networks.some((network) => isInNetwork(address, network));
}
