import { type Forwarding, type Tunnel, TunnelFlag, type TunnelType } from '../ipvs/model.ts';
import { RuleError } from './error.ts';
import { defaultDestinationSettings } from './option-table/server.ts';
import type { OptionName } from './option-table/table.ts';

type ChecksumOption = 'tun-nocsum' | 'tun-csum' | 'tun-remcsum';

/** Legality of each option with each type of tunnel: found by trying ipvsadm 1.31. Rows are checked in this order. */
const rules: readonly {
  readonly option: 'tun-port' | ChecksumOption;
  readonly requiredBy?: TunnelType;
  readonly allowedWith: readonly TunnelType[];
  /** Checksum options that come before it and exclude it. */
  readonly excludedBy?: readonly ChecksumOption[];
}[] = [
  { option: 'tun-port', requiredBy: 'gue', allowedWith: ['gue'] },
  { option: 'tun-nocsum', allowedWith: ['gue', 'gre'] },
  { option: 'tun-csum', allowedWith: ['gue', 'gre'], excludedBy: ['tun-nocsum'] },
  { option: 'tun-remcsum', allowedWith: ['gue'], excludedBy: ['tun-nocsum', 'tun-csum'] },
];

/** Builds the encapsulation from the options. Throws {@link RuleError} if the options do not go together. */
export function parseTunnel(
  given: ReadonlySet<OptionName>,
  options: Partial<Omit<Tunnel, 'flags'>>,
  forwarding: Forwarding,
): Tunnel {
  if (!hasTunnelOption(given)) return defaultDestinationSettings.tunnel;
  if (forwarding !== 'tunnel') throw new RuleError({ code: 'tunnel-option-without-tunnel' });
  const type = options.type ?? 'ipip';
  for (const { option, requiredBy, allowedWith, excludedBy } of rules) {
    if (!given.has(option)) {
      if (requiredBy === type) {
        throw new RuleError({ code: 'tunnel-option-missing', option, type });
      }
      continue;
    }
    if (!allowedWith.includes(type)) throw new RuleError({ code: 'tunnel-option-illegal', option, type });
    const other = excludedBy?.find((name) => given.has(name));
    if (other) throw new RuleError({ code: 'tunnel-options-conflict', option, other, type });
  }
  const flags =
    (given.has('tun-csum') ? TunnelFlag.checksum : 0) |
    (given.has('tun-remcsum') ? TunnelFlag.remoteChecksum : 0);
  return { type, port: options.port ?? 0, flags };
}

/**
 * Whether any tunnel option is given. Uses a loop, as the executable's runtime would compile `some` in each process, which
 * takes 70 µs.
 */
function hasTunnelOption(given: ReadonlySet<OptionName>): boolean {
  for (const { option } of rules) if (given.has(option)) return true;
  return given.has('tun-type');
}
