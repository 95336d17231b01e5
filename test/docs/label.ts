import type { Argument } from '../../src/rules/options.ts';

/** An argument as it is written in help: `[…]` when it may be left out, `[=…]` when it then stands behind `=` only. */
export function labelOf(argument: Argument): string {
  if (!argument.optional) return argument.label;
  return 'glued' in argument ? `[=${argument.label}]` : `[${argument.label}]`;
}

/** An option's long name with its argument, as it is written in help. */
export function withLabel(long: string, argument: Argument | undefined): string {
  const label = argument ? labelOf(argument) : '';
  return `--${long}${label && !label.startsWith('[=') ? ' ' : ''}${label}`;
}
