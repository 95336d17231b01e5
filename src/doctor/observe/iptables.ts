import type { Family } from '../../ipvs/address.ts';
import type { MarkSetter, MarkValue } from '../marks.ts';

const allBits = 0xffffffff;

/** Targets that set marks not visible in the rule, or pass packets to programs that can set any mark. */
const unreadable: ReadonlySet<string> = new Set(['HMARK', 'NFQUEUE']);

/**
 * Parses the output of `iptables-save` or `ip6tables-save` into the rules that set marks (iptables-extensions(8)). Returns
 * `undefined` if the output says that tables are left out.
 */
export function parseIptables(text: string, family: Family): MarkSetter[] | undefined {
  if (/^# Table .* is incompatible/m.test(text)) return undefined;
  return text.split('\n').flatMap((line) => {
    const [append, chain, ...words] = line.split(' ');
    const setter = append === '-A' ? setterOf(words) : undefined;
    // A mark set on a packet after IPVS comes too late; a mark of its connection still affects later packets.
    if (!setter || (chain === 'POSTROUTING' && setter.of === 'packet')) return [];
    return [{ ...setter, families: [family] }];
  });
}

function setterOf(words: readonly string[]): Omit<MarkSetter, 'families'> | undefined {
  const jump = words.indexOf('-j');
  const target = jump < 0 ? undefined : words[jump + 1];
  const options = words.slice(jump + 2);
  if (target === undefined) return undefined;
  if (unreadable.has(target)) return { of: 'packet', value: 'unknown' };
  switch (target) {
    case 'MARK':
      return { of: 'packet', value: setValue('packet', options) };
    case 'TPROXY': {
      const mark = options.indexOf('--tproxy-mark');
      return mark < 0 ? undefined : { of: 'packet', value: setValue('packet', options.slice(mark)) };
    }
    case 'SET':
      return options.includes('--map-mark') ? { of: 'packet', value: 'unknown' } : undefined;
    case 'CONNMARK':
      return connectionMark(options);
    default:
      return undefined;
  }
}

function connectionMark(options: readonly string[]): Omit<MarkSetter, 'families'> {
  const [kind] = options;
  if (kind !== '--save-mark' && kind !== '--restore-mark') {
    return { of: 'connection', value: setValue('connection', options) };
  }
  const maskNamed = (name: string) => {
    const at = [name, '--mask'].map((option) => options.indexOf(option)).find((index) => index >= 0);
    return at === undefined ? allBits : toNumber(options[at + 1]);
  };
  const packetMask = maskNamed('--nfmask');
  const connectionMask = maskNamed('--ctmask');
  if (packetMask === undefined || connectionMask === undefined) return { of: 'packet', value: 'unknown' };
  return kind === '--save-mark'
    ? { of: 'connection', value: merged('connection', connectionMask, and('packet', packetMask)) }
    : { of: 'packet', value: merged('packet', packetMask, and('connection', connectionMask)) };
}

/** Returns the value that an option with the argument `number` or `number/mask` computes from the mark `old`. */
function setValue(old: 'packet' | 'connection', [option = '', argument = '']: readonly string[]): MarkValue {
  const [text, maskText] = argument.split('/');
  const value = toNumber(text);
  const mask = maskText === undefined ? allBits : toNumber(maskText);
  if (value === undefined || mask === undefined) return 'unknown';
  switch (option) {
    case '--set-xmark':
    case '--tproxy-mark':
      return merged(old, mask, value);
    case '--set-mark':
      return merged(old, (mask | value) >>> 0, value);
    case '--and-mark':
      return and(old, value);
    case '--or-mark':
      return merged(old, value, value);
    case '--xor-mark':
      return { operator: '^', operands: [old, value] };
    default:
      return 'unknown';
  }
}

function and(value: MarkValue, mask: number): MarkValue {
  return { operator: '&', operands: [value, mask] };
}

/** Returns the mark `old` with the bits of `mask` cleared, then XORed with `value`. */
function merged(old: MarkValue, mask: number, value: MarkValue): MarkValue {
  return { operator: '^', operands: [and(old, ~mask >>> 0), value] };
}

function toNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^(?:0x[\da-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : undefined;
}
