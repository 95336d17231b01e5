import type { Address, Family } from '../ipvs/address.ts';
import { isInNetwork, type Network } from '../ipvs/network.ts';

/** Firewall rules that change the source address of packets. */
export interface SourceNat {
  readonly rules: readonly SourceNatRule[];
  /** True if there are no other such rules. */
  readonly isComplete: boolean;
}

/** A rule that changes the source address of packets: `masquerade` or `snat`. */
export interface SourceNatRule {
  readonly families: readonly Family[];
  /** Conditions on the packets that are supported; other conditions may or may not hold. */
  readonly conditions: readonly PacketCondition[];
}

/** A condition of a rule: one of the values must match or, if negated, none of them. */
export type PacketCondition =
  | { readonly about: 'out'; readonly isNegated: boolean; readonly names: readonly string[] }
  | {
      readonly about: 'source' | 'destination';
      readonly isNegated: boolean;
      readonly networks: readonly Network[];
    };

/** Certainty that a rule applies to packets from clients to a server; `named` means that the rule names the way there. */
export type Reach = 'none' | 'possible' | 'named';

/**
 * Returns how certainly a rule changes the source address of packets from clients to a server. A rule for packets from the
 * server's own network is meant for connections that servers open themselves.
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

/** Reports whether an interface has one of these names; a `*` at the end matches any ending. */
function isNamed(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}

function isIn(address: Address, networks: readonly Network[]): boolean {
  return networks.some((network) => isInNetwork(address, network));
}
