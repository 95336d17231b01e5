import type { CommandName } from './command.ts';

/**
 * Every way in which a command line can be wrong, with the facts of the case.
 *
 * @example
 * const isUnknown = ({ code }: RuleFault) => code === 'unknown-option' || code === 'unknown-field';
 */
export type RuleFault =
  /** The first option is not a command, or cannot be read. */
  | { readonly code: 'no-command' }
  | { readonly code: 'unknown-option' | 'missing-argument' | 'needless-argument'; readonly word: string }
  | { readonly code: 'second-command' | 'unexpected-argument'; readonly word: string }
  | { readonly code: 'repeated-option'; readonly option: string }
  | {
      readonly code: 'illegal-option' | 'missing-option';
      readonly option: string;
      readonly command: CommandName;
    }
  /** `value` is what stood there, `sentence` says what is wrong with it. */
  | { readonly code: 'illegal-value'; readonly value: string; readonly sentence: string }
  | { readonly code: 'timeouts-wanted' }
  | { readonly code: 'ipv6-without-fwmark' }
  | { readonly code: 'incompatible-scheduler-flag'; readonly value: string }
  | { readonly code: 'zero-port' }
  | { readonly code: 'one-packet-not-udp' }
  | { readonly code: 'family-mismatch' }
  | { readonly code: 'tunnel-option-without-tunnel' }
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
  | { readonly code: 'list-columns-conflict' }
  /** In a table that shall be: what the kernel would refuse, with that error number. */
  | { readonly code: 'contradiction'; readonly command: CommandName; readonly errno: number }
  /** A rule about a service that is not ours. */
  | { readonly code: 'not-ours'; readonly command: CommandName }
  | {
      readonly code: 'option-needs' | 'options-conflict';
      readonly option: string;
      readonly other: string;
      readonly command: CommandName;
    }
  /** In a rule file: a character that no command line can have. */
  | { readonly code: 'nul-character' }
  /** In rules that are JSON. */
  | { readonly code: 'not-json'; readonly reason: string }
  | { readonly code: 'unknown-field'; readonly field: string }
  /** One of `names` has to be there. */
  | { readonly code: 'missing-field'; readonly names: readonly string[] }
  /** `expected` says in words what it should have been. */
  | { readonly code: 'illegal-field'; readonly expected: string; readonly found: string };
