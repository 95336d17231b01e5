import { quote } from '../lab/shell-quote.ts';

/** A single run of ipvsadm. */
export interface Step {
  readonly words: readonly string[];
  /** Standard input; default: empty. */
  readonly input?: string;
}

/** Converts a step to a shell command line, quoted where necessary. */
export function shellLine({ words, input }: Step): string {
  const line = ['ipvsadm', ...words.map(quoted)].join(' ');
  return input === undefined ? line : `printf %s ${quote(input)} | ${line}`;
}

function quoted(word: string): string {
  return /^[\w.,:=@%+/-]+$/.test(word) ? word : quote(word);
}
