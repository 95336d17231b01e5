import type { CommandName } from './command.ts';
import type { RuleFault } from './fault.ts';
import { type OptionName, optionRows } from './option-table/table.ts';

/**
 * Returns the first fault in the set of options that a command was given: one that the command lacks or must not have, two
 * that cannot stand together, or one that lacks another. `undefined` when the set is legal.
 */
export function findIllegality(command: CommandName, given: ReadonlySet<OptionName>): RuleFault | undefined {
  for (const row of optionRows) {
    const fault = faultOf(row, command, given);
    if (fault) return fault;
  }
  for (const { name, needs } of optionRows) {
    const other = needs?.[command];
    if (other && given.has(name) && !given.has(other)) {
      return { code: 'option-needs', option: name, other, command };
    }
  }
  return undefined;
}

function faultOf(
  { name, demandedBy, allowedWith, conflictsWith }: (typeof optionRows)[number],
  command: CommandName,
  given: ReadonlySet<OptionName>,
): RuleFault | undefined {
  const demanded = demandedBy?.includes(command) ?? false;
  if (!given.has(name)) return demanded ? { code: 'missing-option', option: name, command } : undefined;
  const allowed = demanded || allowedWith === 'any' || (allowedWith?.includes(command) ?? false);
  if (!allowed) return { code: 'illegal-option', option: name, command };
  const other = conflictsWith?.find((name) => given.has(name));
  return other && { code: 'options-conflict', option: name, other, command };
}
