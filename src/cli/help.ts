import { optionHelp } from '../rules/option-help.ts';
import {
  type Argument,
  commands,
  type LongName,
  type OptionName,
  optionRows,
  type Spelling,
} from '../rules/options.ts';
import { version } from './version.ts';

/** What `--version` prints. */
export function versionText(): string {
  return `ipvsadm ${version}, compatible with ipvsadm 1.31\n`;
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
  ipvsadm -S [-n] > FILE
  ipvsadm -R < FILE
  ipvsadm --set TCP TCPFIN UDP
  ipvsadm --start-daemon master|backup [OPTION]...
  ipvsadm --stop-daemon master|backup
  ipvsadm --doctor
`;

/** How the help groups the options. Those that are in no group belong to listing. */
const groups: readonly { readonly title: string; readonly options: readonly OptionName[] }[] = [
  { title: 'Services:', options: ['service-address', 'ipv6'] },
  {
    title: 'Options of services:',
    options: ['scheduler', 'sched-flags', 'persistent', 'netmask', 'pe', 'ops'],
  },
  {
    title: 'Options of servers:',
    options: [
      'real-server',
      'forwarding-method',
      'weight',
      'u-threshold',
      'l-threshold',
      'tun-type',
      'tun-port',
      'tun-nocsum',
      'tun-csum',
      'tun-remcsum',
    ],
  },
  {
    title: 'Options of daemons:',
    options: ['mcast-interface', 'syncid', 'sync-maxlen', 'mcast-group', 'mcast-port', 'mcast-ttl'],
  },
];

/** What `--help` prints: every command and option of the option table. */
export function helpText(): string {
  const grouped = new Set(groups.flatMap(({ options }) => options));
  const listing = optionRows.map(({ name }) => name).filter((name) => !grouped.has(name));
  const sections = [
    section('Commands:', commands),
    ...groups.map(({ title, options }) => section(title, spellingsOf(options))),
    section('Options of --list:', spellingsOf(listing)),
  ];
  return `${usage}\n${sections.join('\n')}\nSee ipvsadm(8).\n`;
}

function spellingsOf(names: readonly OptionName[]): readonly Spelling[] {
  return names.flatMap((name) => optionRows.find((row) => row.name === name)?.spellings ?? []);
}

function section(title: string, spellings: readonly Spelling[]): string {
  return `${title}\n${spellings.map(helpLine).join('')}`;
}

/** Columns of a help line before the text. */
const textColumn = 35;

function helpLine(
  { short, long, argument }: Spelling,
  index: number,
  spellings: readonly Spelling[],
): string {
  const { label = '', text } = optionHelp[long as LongName];
  const name = `  ${short ? `-${short}, ` : '    '}--${long}${argument ? argumentForms[argument](label) : ''}`;
  const isKnown = spellings.findIndex((other) => other.long === long) < index;
  return `${name.padEnd(textColumn - 1)} ${isKnown ? 'the same' : text}\n`;
}

const argumentForms: Record<Argument, (label: string) => string> = {
  required: (label) => ` ${label}`,
  optional: (label) => ` [${label}]`,
  glued: (label) => `[=${label}]`,
};
