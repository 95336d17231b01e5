import type { RuleFault } from './fault.ts';
import { faultSentence } from './messages.ts';

/**
 * An invalid command line: {@link fault} holds the facts, the message is a sentence about them.
 *
 * @example
 * const [bad] = parseRules('-A --colour').errors;
 * if (bad?.error instanceof RuleError) console.log(bad.error.fault); // { code: 'unknown-option', word: '--colour' }
 */
export class RuleError extends Error {
  readonly fault: RuleFault;

  constructor(fault: RuleFault) {
    super(faultSentence(fault).trimEnd());
    this.name = 'RuleError';
    this.fault = fault;
  }
}
