import type { CommandName } from './command.ts';

/**
 * A fault of a command line, with the facts of the case.
 *
 * @example
 * const isUnknown = ({ code }: RuleFault) => code === 'unknown-option' || code === 'unknown-field';
 */
export type RuleFault =
  /** The first option is not a command or cannot be read. */
  | { readonly code: 'no-command' }
  | { readonly code: 'missing-timeouts' | 'ipv6-without-fwmark' | 'list-columns-conflict' }
  | { readonly code: 'zero-port' | 'one-packet-not-udp' | 'family-mismatch' | 'tunnel-option-without-tunnel' }
  | { readonly code: 'unknown-option' | 'missing-argument' | 'needless-argument'; readonly word: string }
  | { readonly code: 'second-command' | 'unexpected-argument'; readonly word: string }
  | { readonly code: 'repeated-option'; readonly option: string }
  | {
      readonly code: 'illegal-option' | 'missing-option';
      readonly option: string;
      readonly command: CommandName;
    }
  /** `value` is the offending text, `sentence` the message about it. */
  | { readonly code: 'illegal-value'; readonly value: string; readonly sentence: string }
  | { readonly code: 'incompatible-scheduler-flag'; readonly value: string }
  | {
      readonly code: 'tunnel-option-illegal' | 'tunnel-option-missing';
      readonly option: string;
      readonly type: string;
    }
  | {
      readonly code: 'tunnel-options-conflict';
      readonly option: string;
      readonly other: string;
      readonly type: string;
    }
  /** In a desired table: a command that the kernel would refuse with this errno. */
  | { readonly code: 'contradiction'; readonly command: CommandName; readonly errno: number }
  /** A rule about a service that is not ours. */
  | { readonly code: 'not-ours'; readonly command: CommandName }
  | {
      readonly code: 'option-needs' | 'options-conflict';
      readonly option: string;
      readonly other: string;
      readonly command: CommandName;
    }
  /** In a rule file: a NUL character, which no command line can contain. */
  | { readonly code: 'nul-character' }
  /** In JSON rules. */
  | { readonly code: 'not-json'; readonly reason: string }
  | { readonly code: 'unknown-field'; readonly field: string }
  /** One of `names` is required. */
  | { readonly code: 'missing-field'; readonly names: readonly string[] }
  /** `expected` describes the expected value in words. */
  | { readonly code: 'illegal-field'; readonly expected: string; readonly found: string };
