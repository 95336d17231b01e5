import type { CommandName } from './command.ts';
import type { RuleFault } from './fault.ts';
import { type OptionName, optionRows } from './option-table/table.ts';

/**
 * Returns the first fault in the set of options given with a command: a missing option, an illegal one, two that conflict, or
 * one without another that it needs. Returns `undefined` if the set is legal.
 */
export function findIllegality(command: CommandName, given: ReadonlySet<OptionName>): RuleFault | undefined {
  for (const { name, requiredBy, allowedWith, conflictsWith } of optionRows) {
    const isRequired = requiredBy.includes(command);
    if (!given.has(name)) {
      if (isRequired) return { code: 'missing-option', option: name, command };
      continue;
    }
    const isAllowed = isRequired || allowedWith === 'any' || allowedWith.includes(command);
    if (!isAllowed) return { code: 'illegal-option', option: name, command };
    for (const other of conflictsWith) {
      if (given.has(other)) return { code: 'options-conflict', option: name, other, command };
    }
  }
  for (const { name, needs } of optionRows) {
    const other = needs[command];
    if (other && given.has(name) && !given.has(other)) {
      return { code: 'option-needs', option: name, other, command };
    }
  }
  return undefined;
}
