// Writes the option tables into packaging/system/completion.bash: `npm run generate`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Option } from 'commander';
import { programOf } from '../src/cli/fleet/program.ts';
import { sharedSpellings } from '../src/cli/restore/command-line.ts';
import { commands } from '../src/rules/option-table/commands.ts';
import type { Argument } from '../src/rules/option-table/row.ts';
import { optionRows, type Spelling } from '../src/rules/option-table/table.ts';

/** The completion file in the packages. */
export const completionFile = join(import.meta.dirname, 'system/completion.bash');

const labelForms: Record<Argument, (label: string) => string> = {
  required: (label) => label,
  optional: (label) => `[${label}]`,
  inline: (label) => `[=${label}]`,
};

function row(spelling: Spelling): string {
  const { short, long, argument, label = '' } = spelling;
  const words = 'choices' in spelling ? spelling.choices?.join('|') : undefined;
  return `${short ?? '-'} ${long} ${argument ? labelForms[argument](words ?? label) : '-'}`;
}

const silent = { write() {}, flush() {} };

/** The program ipvsadm-fleet, with actions that do nothing. */
export const fleetProgram = programOf(
  { out: silent, err: silent },
  { async onFleet() {}, async withSettings() {}, async alone() {} },
);

/** Returns the row of an option of ipvsadm-fleet; the last column is the name of its argument, or the words allowed. */
function fleetRow(command: string, { short, long, argChoices, flags }: Option): string {
  const [, label = '-'] = /<([a-z]+)>/i.exec(flags) ?? [];
  return [command, short?.slice(1) ?? '-', long?.slice(2), argChoices?.join('|') ?? label].join(' ');
}

/** The rows of the completion's tables, by variable. */
export const completionTables: Readonly<Record<string, readonly string[]>> = {
  _ipvsadm_commands: commands.map((spelling) => `${spelling.command} ${row(spelling)}`),
  _ipvsadm_options: optionRows.flatMap(({ name, spellings, allowedWith, requiredBy }) => {
    const names = [...new Set(commands.map(({ command }) => command))];
    const allowing = names.filter((command) => allowedWith.includes(command) || requiredBy.includes(command));
    const with_ = allowedWith === 'any' ? allowedWith : allowing.join(' ');
    return spellings.map((spelling) => `${name} ${row(spelling)} ${with_}`);
  }),
  _ipvsadm_restore_options: ['flush', ...sharedSpellings.map(({ long }) => long), 'help'].map(
    (name) => `--${name}`,
  ),
  _ipvsadm_fleet_commands: fleetProgram.commands.map((command) =>
    [command.name(), ...command.registeredArguments.map((argument) => argument.name())].join(' '),
  ),
  _ipvsadm_fleet_options: [fleetProgram, ...fleetProgram.commands].flatMap((command) => {
    const options = command.createHelp().visibleOptions(command);
    const own = command.parent ? options.filter(({ long }) => long !== '--help') : options;
    return own.map((option) => fleetRow(command.parent ? command.name() : 'any', option));
  }),
};

/** Returns the text of the completion with its tables replaced by these. */
export function withTables(text: string): string {
  let result = text;
  for (const [variable, rows] of Object.entries(completionTables)) {
    const table = new RegExp(`^${variable}='\n.*?'$`, 'ms');
    if (!table.test(result)) throw new Error(`completion.bash has no table ${variable}`);
    result = result.replace(table, () => `${variable}='\n${rows.join('\n')}\n'`);
  }
  return result;
}

if (import.meta.filename === process.argv[1]) {
  writeFileSync(completionFile, withTables(readFileSync(completionFile, 'utf8')));
}
