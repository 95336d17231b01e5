import { optionHelp } from '../../src/rules/option-help.ts';
import type { LongName, Spelling } from '../../src/rules/options.ts';

/** The argument of an option as it is written in help: `[…]` when it may be left out, `[=…]` when it then stands behind `=` only. */
export function labelOf({ long, argument }: Spelling): string {
  const { label = '' } = optionHelp[long as LongName];
  switch (argument) {
    case 'required':
      return label;
    case 'optional':
      return `[${label}]`;
    case 'glued':
      return `[=${label}]`;
    default:
      return '';
  }
}

/** An option's long name with its argument, as it is written in help. */
export function withLabel(spelling: Spelling): string {
  const label = labelOf(spelling);
  return `--${spelling.long}${label && !label.startsWith('[=') ? ' ' : ''}${label}`;
}
