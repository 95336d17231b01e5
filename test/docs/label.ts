import type { Spelling } from '../../src/rules/option-table/table.ts';

/** Returns an option's argument as shown in the help: `[…]` if it is optional, `[=…]` if it is optional and must follow `=`. */
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

/** Returns an option's long name with its argument, as shown in the help. */
export function withLabel(spelling: Spelling): string {
  const label = labelOf(spelling);
  return `--${spelling.long}${label && !label.startsWith('[=') ? ' ' : ''}${label}`;
}
