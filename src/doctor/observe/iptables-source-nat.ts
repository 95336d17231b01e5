import type { Family } from '../../ipvs/address.ts';
import { parseNetwork } from '../../ipvs/network.ts';
import type { PacketCondition, SourceNatRule } from '../source-nat.ts';

const targets: ReadonlySet<string | undefined> = new Set(['MASQUERADE', 'SNAT', 'NETMAP']);

/** Parses the output of `iptables-save` or `ip6tables-save` into the rules that change source addresses. */
export function parseIptablesSourceNat(text: string, family: Family): SourceNatRule[] {
  return text.split('\n').flatMap((line) => {
    const [append, chain, ...words] = line.split(' ');
    const target = words[words.indexOf('-j') + 1];
    if (append !== '-A' || chain === 'PREROUTING' || !targets.has(target)) return [];
    return [{ families: [family], conditions: words.flatMap((_, index) => conditionAt(words, index)) }];
  });
}

/** Returns the condition set by the option at an index, if the option is supported. */
function conditionAt(words: readonly string[], index: number): PacketCondition[] {
  const value = words[index + 1];
  const isNegated = words[index - 1] === '!';
  if (value === undefined) return [];
  switch (words[index]) {
    case '-o':
      return [{ about: 'out', isNegated, names: [value.replace(/\+$/, '*')] }];
    case '-s':
    case '-d': {
      const network = parseNetwork(value);
      const about = words[index] === '-s' ? 'source' : 'destination';
      return network ? [{ about, isNegated, networks: [network] }] : [];
    }
    default:
      return [];
  }
}
