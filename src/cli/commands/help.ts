import { commands } from '../../rules/option-table/commands.ts';
import type { Argument, OptionGroup } from '../../rules/option-table/row.ts';
import { optionRows, type Spelling } from '../../rules/option-table/table.ts';
import type { Output } from '../stdio/output.ts';
import { version } from '../version.ts';

/** Prints the text of `--help` or `--version`. */
export function help(name: 'help' | 'version', out: Output): void {
  out.write(name === 'help' ? helpText() : `ipvsadm ${version}, compatible with ipvsadm 1.31\n`);
}

const usage = `\
Usage: ipvsadm [COMMAND [SERVICE] [OPTION]...]
Administer the virtual services of a Linux director and their real servers.

  ipvsadm -A|-E SERVICE [-s NAME] [-b FLAGS] [-p [SECONDS]] [-M MASK]
                [--pe ENGINE] [-o]
  ipvsadm -D SERVICE
  ipvsadm -a|-e SERVICE -r HOST[:PORT] [-g|-i|-m] [-w NUMBER]
                [-x NUMBER] [-y NUMBER]
  ipvsadm -d SERVICE -r HOST[:PORT]
  ipvsadm -L [SERVICE] [OPTION]...
  ipvsadm -Z [SERVICE]
  ipvsadm -C
  ipvsadm -S [-n] [--all] > FILE
  ipvsadm -R < FILE
  ipvsadm --set TCP TCPFIN UDP
  ipvsadm --start-daemon master|backup [OPTION]...
  ipvsadm --stop-daemon master|backup
  ipvsadm --doctor [--verbose] [--expect FILE]
`;

/** Titles of the groups of options, in order. */
const titles: Readonly<Record<OptionGroup, string>> = {
  service: 'Services:',
  serviceSettings: 'Options for services:',
  server: 'Options for servers:',
  list: 'Options for --list:',
  restore: 'Options for --restore:',
  daemon: 'Options for sync daemons:',
  doctor: 'Options for --doctor:',
};

/** Returns the text of `--help`: every command and option of the option table. */
function helpText(): string {
  const sections = Object.entries(titles).map(([group, title]) =>
    section(
      title,
      optionRows.filter((row) => row.group === group).flatMap(({ spellings }) => spellings),
    ),
  );
  return `${usage}\n${[section('Commands:', commands), ...sections].join('\n')}\nSee ipvsadm(8).\n`;
}

function section(title: string, spellings: readonly Spelling[]): string {
  return `${title}\n${spellings.map(helpLine).join('')}`;
}

/** Column in which the explanation starts. */
const helpColumn = 35;

function helpLine({ short, long, argument, label = '', help }: Spelling): string {
  const letter = short ? `-${short}, ` : '    ';
  const name = `  ${letter}--${long}${argument ? argumentForms[argument](label) : ''}`;
  return `${name.padEnd(helpColumn - 1)} ${help}\n`;
}

const argumentForms: Record<Argument, (label: string) => string> = {
  required: (label) => ` ${label}`,
  optional: (label) => ` [${label}]`,
  inline: (label) => `[=${label}]`,
};
