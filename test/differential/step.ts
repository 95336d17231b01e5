import { quote } from '../lab/shell-quote.ts';

/** One start of ipvsadm. */
export interface Step {
  readonly words: readonly string[];
  /** Its standard input; nothing, when absent. */
  readonly input?: string;
}

/** A step as typed into a shell, with the quotes that are needed. */
export function shellLine({ words, input }: Step): string {
  const line = ['ipvsadm', ...words.map(quoted)].join(' ');
  return input === undefined ? line : `printf %s ${quote(input)} | ${line}`;
}

function quoted(word: string): string {
  return /^[\w.,:=@%+/-]+$/.test(word) ? word : quote(word);
}
