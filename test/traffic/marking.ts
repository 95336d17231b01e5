import { oneNetwork } from './layouts.ts';
import type { Step } from './lesson.ts';

const { director, vip, client, crowd } = oneNetwork;

/** A rule for nftables: what to match, and the mark to set. */
export interface MarkRule {
  readonly match: string;
  readonly mark: number;
}

/**
 * Returns the steps that make nftables mark packets on their way into the director. All kernels of the lab have nftables
 * tables for bridges, so the director's interface becomes a port of a bridge first.
 */
export function markingSteps(rules: readonly MarkRule[]): Step[] {
  return [
    {
      title: "The director's interface becomes a bridge port",
      words: [
        "The lab's default kernel supports nftables on bridges only. On other directors,",
        'no bridge is needed: there, use "table inet".',
      ],
      typed: [
        'ip link add br0 up type bridge',
        'ip link set lan master br0',
        `ip address add ${director}/24 dev br0`,
        `ip address add ${vip}/32 dev br0`,
        `ip route add ${crowd} via ${client}`,
      ],
    },
    {
      title: 'nftables marks packets',
      typed: [
        'nft add table bridge lvs',
        "nft 'add chain bridge lvs marks { type filter hook prerouting priority -300; }'",
        ...rules.map(({ match, mark }) => `nft 'add rule bridge lvs marks ${match} meta mark set ${mark}'`),
      ],
    },
  ];
}
