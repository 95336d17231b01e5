import {
  EAFNOSUPPORT,
  EEXIST,
  EINVAL,
  EMSGSIZE,
  ENOENT,
  ENOMEM,
  EOPNOTSUPP,
  EPERM,
  ESRCH,
} from '../platform/errno.ts';
import { strerror } from '../platform/strerror.ts';
import { visible } from '../platform/visible.ts';
import type { CommandName } from './command.ts';
import type { RuleFault } from './fault.ts';
import type { BadRule, Place } from './rule.ts';

/**
 * Describes a fault in the words of ipvsadm 1.31. Invisible characters in quoted words are escaped. `program` is the name under
 * which ipvsadm was called.
 *
 * @example
 * console.log(faultSentence({ code: 'unknown-option', word: '--colour' })); // --colour: unknown option
 */
export function faultSentence(fault: RuleFault, program = 'ipvsadm'): string {
  switch (fault.code) {
    case 'no-command': {
      const name = visible(program);
      return `Try \`${name} -h' or '${name} --help' for more information.`;
    }
    case 'unknown-option':
      return `${visible(fault.word)}: unknown option`;
    case 'missing-argument':
      return `${visible(fault.word)}: missing argument`;
    case 'needless-argument':
      return `${visible(fault.word)}: option does not take an argument`;
    case 'second-command':
      return `invalid option \`${visible(fault.word)}'`;
    case 'unexpected-argument':
      return `unexpected argument ${visible(fault.word)}`;
    case 'repeated-option':
      return `multiple '${fault.option}' options specified`;
    case 'illegal-option':
      return `Illegal '${fault.option}' option with the '${fault.command}' command`;
    case 'missing-option':
      return `You need to supply the '${fault.option}' option for the '${fault.command}' command`;
    case 'illegal-value':
      return fault.sentence;
    case 'missing-timeouts':
      return '--set option requires 3 timeout values';
    case 'ipv6-without-fwmark':
      return '-6 used before -f\n';
    case 'incompatible-scheduler-flag':
      return `incompatible scheduler flag \`${visible(fault.value)}'`;
    case 'zero-port':
      return 'Zero port specified for non-persistent service';
    case 'one-packet-not-udp':
      return 'One-Packet Scheduling is only for UDP virtual services';
    case 'family-mismatch':
      return 'Different address family is allowed only for tunneling servers';
    case 'tunnel-option-without-tunnel':
      return 'Tunnel options conflict with forward method';
    case 'tunnel-option-illegal':
      return `Illegal '${fault.option}' option with the '${fault.type}' tunnel type`;
    case 'tunnel-option-missing':
      return `You need to supply the '${fault.option}' option for the '${fault.type}' tunnel type`;
    case 'tunnel-options-conflict':
      return `The option '${fault.option}' conflicts with the '${fault.other}' option in the '${fault.type}' tunnel type`;
    case 'contradiction':
      return refusalSentence(fault.errno, fault.command);
    case 'not-ours':
      return fault.command === 'zero'
        ? 'this would also reset the counters of services that --only or --except excludes'
        : 'this service is excluded by --only or --except';
    case 'option-needs':
      return `The option '${fault.option}' needs the '${fault.other}' option in the '${fault.command}' command`;
    case 'options-conflict':
      return `The option '${fault.option}' conflicts with the '${fault.other}' option in the '${fault.command}' command`;
    case 'list-columns-conflict':
      return 'options conflicts in the list command';
    case 'nul-character':
      return 'illegal NUL character';
    case 'not-json':
      return `invalid JSON: ${visible(fault.reason)}`;
    case 'unknown-field':
      return `unknown field ${visible(JSON.stringify(fault.field))}`;
    case 'missing-field':
      return `the field ${fault.names.map((name) => `"${name}"`).join(' or ')} is missing`;
    case 'illegal-field':
      return `${visible(fault.found)} is not ${fault.expected}`;
  }
}

/** Describes the place of a rule. */
export function placeName(place: Place): string {
  if (typeof place === 'number') return `line ${place}`;
  return place;
}

/**
 * Returns the meanings of error numbers: general ones, and ones by command. Built on demand: most commands get no error, and
 * each object with error numbers as keys takes memory.
 */
function meanings() {
  const always: Meanings = {
    [EPERM]: 'Permission denied (you must be root)',
    [ENOMEM]: 'Memory allocation problem',
    [EINVAL]: 'Invalid operation.  Possibly wrong module version, address not unicast, ...',
    [EMSGSIZE]: 'Module is wrong version',
    [EOPNOTSUPP]: 'Operation not supported with IPv6',
    [EAFNOSUPPORT]: 'Operation not supported with specified address family',
  };
  const noService = { [ESRCH]: 'No such service' };
  const noScheduler = { [ENOENT]: 'Scheduler or persistence engine not found' };
  const noServiceOfServer = { [ESRCH]: 'Service not defined' };
  const noServer = { [ENOENT]: 'No such destination' };
  const byCommand: Partial<Record<CommandName, Meanings>> = {
    'add-service': { [EEXIST]: 'Service already exists', ...noScheduler },
    'edit-service': { ...noService, ...noScheduler },
    'delete-service': noService,
    'add-server': { [EEXIST]: 'Destination already exists', ...noServiceOfServer },
    'edit-server': { ...noServiceOfServer, ...noServer },
    'delete-server': { ...noServiceOfServer, ...noServer },
    list: noService,
    zero: noService,
    'start-daemon': { [EEXIST]: 'Daemon has already run' },
    'stop-daemon': { [ESRCH]: 'No daemon is running' },
  };
  return { always, byCommand };
}

type Meanings = Readonly<Record<number, string>>;

/**
 * Describes the error number with which the kernel refused a command, in the words of ipvsadm 1.31.
 *
 * @example
 * console.log(refusalSentence(17, 'add-service')); // Service already exists
 */
export function refusalSentence(errno: number, command?: CommandName): string {
  const { always, byCommand } = meanings();
  return (command && byCommand[command]?.[errno]) ?? always[errno] ?? strerror(errno);
}

/**
 * Describes a bad rule: its place, the fault and the offending word.
 *
 * @example
 * for (const bad of parseRules('-C\n-A -t www:80\n').errors) console.error(badRuleSentence(bad));
 * // line 2: illegal virtual server address[:port] specified: www:80
 */
export function badRuleSentence({ place, text, error: { fault } }: BadRule): string {
  const sentence =
    fault.code === 'no-command' ? `not a command: ${visible(oneLine(text))}` : faultSentence(fault).trimEnd();
  const value = fault.code === 'illegal-value' ? visible(fault.value) : '';
  const word = fault.code === 'illegal-value' && !sentence.includes(`\`${value}'`) ? `: ${value}` : '';
  return `${placeName(place)}: ${sentence}${word}`;
}

/** Returns a line of a rule file with single spaces between words and none around them. */
function oneLine(text: string): string {
  return text
    .split(/[ \t\r]+/)
    .filter(Boolean)
    .join(' ');
}
