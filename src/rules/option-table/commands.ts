import type { CommandName } from '../command.ts';
import { optionWord } from './row.ts';

/** A spelling of a command. */
export interface CommandSpelling {
  readonly command: CommandName;
  /** Without its dashes. */
  readonly long: string;
  readonly short?: string;
  /** Set if the command has an argument of its own. */
  readonly argument?: 'required';
  /** Name of that argument in help. */
  readonly label?: string;
  /** One line for `--help`. */
  readonly help: string;
}

/** The commands, in the order of `--help`. If a command has several spellings, the first one is used for output. */
export const commands: readonly CommandSpelling[] = [
  { command: 'add-service', long: 'add-service', short: 'A', help: 'add a virtual service' },
  { command: 'edit-service', long: 'edit-service', short: 'E', help: 'change a virtual service' },
  {
    command: 'delete-service',
    long: 'delete-service',
    short: 'D',
    help: 'remove a virtual service and its servers',
  },
  { command: 'flush', long: 'clear', short: 'C', help: 'remove all virtual services' },
  { command: 'restore', long: 'restore', short: 'R', help: 'run the commands on standard input' },
  { command: 'save', long: 'save', short: 'S', help: 'print the table as input for --restore' },
  { command: 'add-server', long: 'add-server', short: 'a', help: 'add a real server to a service' },
  { command: 'edit-server', long: 'edit-server', short: 'e', help: 'change a real server' },
  { command: 'delete-server', long: 'delete-server', short: 'd', help: 'remove a real server' },
  { command: 'list', long: 'list', short: 'L', help: 'print the table, or what an option selects' },
  { command: 'list', long: 'list', short: 'l', help: 'same as -L' },
  { command: 'zero', long: 'zero', short: 'Z', help: 'reset the counters of one service or of all' },
  { command: 'set', long: 'set', help: 'set TCP TCPFIN UDP timeouts (s); 0: unchanged' },
  {
    command: 'start-daemon',
    long: 'start-daemon',
    argument: 'required',
    label: 'master|backup',
    help: 'start the sync daemon in this role',
  },
  {
    command: 'stop-daemon',
    long: 'stop-daemon',
    argument: 'required',
    label: 'master|backup',
    help: 'stop the sync daemon in this role',
  },
  { command: 'doctor', long: 'doctor', help: 'report what keeps services from working' },
  { command: 'help', long: 'help', short: 'h', help: 'print this help' },
  { command: 'version', long: 'version', short: 'v', help: 'print the version' },
];

/** Returns the command-line word for a command. */
export function commandWord(command: CommandName): string {
  const spelling = commands.find((spelling) => spelling.command === command);
  if (!spelling) throw new TypeError(`the command ${command} has no spelling`);
  return optionWord(spelling);
}
