import type { Spelling } from '../../src/rules/option-table/table.ts';

/** The argument of an option as it is written in help: `[…]` when it may be left out, `[=…]` when it then stands behind `=` only. */
export function labelOf({ argument, label = '' }: Spelling): string {
  switch (argument) {
    case 'required':
      return label;
    case 'optional':
      return `[${label}]`;
    case 'inline':
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
