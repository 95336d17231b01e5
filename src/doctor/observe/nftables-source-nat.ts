import { type Network, parseNetwork } from '../../ipvs/network.ts';
import type { PacketCondition, SourceNatRule } from '../source-nat.ts';
import { field, has, list, packetFamilies } from './nft-json.ts';

/** Statements that give packets another source address. */
const statements = ['masquerade', 'snat'];

/** Returns a rule of nftables that changes source addresses, as a list of one; an empty list for any other rule. */
export function sourceNatOf(rule: unknown): SourceNatRule[] {
  const expressions = list(field(rule, 'expr')) ?? [];
  if (!expressions.some((one) => statements.some((name) => has(one, name)))) return [];
  return [{ families: packetFamilies(rule), conditions: expressions.flatMap(conditionOf) }];
}

/** Returns the condition that a statement sets on packets, if the statement is supported. */
function conditionOf(statement: unknown): PacketCondition[] {
  const match = field(statement, 'match');
  const operator = field(match, 'op');
  if (operator !== '==' && operator !== '!=' && operator !== 'in') return [];
  const isNegated = operator === '!=';
  const right = field(match, 'right');
  const values = list(field(right, 'set')) ?? [right];
  const left = field(match, 'left');
  const key = field(field(left, 'meta'), 'key');
  if (key === 'oifname' || key === 'oif') {
    const names = values.filter((value) => typeof value === 'string');
    return names.length === values.length ? [{ about: 'out', isNegated, names }] : [];
  }
  const payload = field(left, 'payload');
  const about = { saddr: 'source', daddr: 'destination' } as const;
  const name = field(payload, 'field');
  if (name !== 'saddr' && name !== 'daddr') return [];
  const networks = values.map(toNetwork).filter((network) => network !== undefined);
  return networks.length === values.length ? [{ about: about[name], isNegated, networks }] : [];
}

/** Returns the network for an address or a prefix; `undefined` for ranges, named sets and anything else. */
function toNetwork(value: unknown): Network | undefined {
  if (typeof value === 'string') return parseNetwork(value);
  const prefix = field(value, 'prefix');
  const address = field(prefix, 'addr');
  const length = field(prefix, 'len');
  return typeof address === 'string' && typeof length === 'number'
    ? parseNetwork(`${address}/${length}`)
    : undefined;
}
