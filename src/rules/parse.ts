import type { AddressServiceId, Protocol, SyncRole, Timeouts } from '../ipvs/model.ts';
import { buildCommand, type ParsedOptions } from './build-command.ts';
import type { Command, CommandName } from './command.ts';
import { defaults } from './defaults.ts';
import { RuleError } from './error.ts';
import { findIllegality } from './legality.ts';
import { limits } from './limits.ts';
import { listOptions } from './list-options.ts';
import type { NameLookup } from './names.ts';
import {
  noValues,
  type OptionSpelling,
  type OptionValues,
  orIllegal,
  type ReadContext,
  readTimeout,
  readWord,
} from './option-table/row.ts';
import type { OptionName } from './option-table/table.ts';
import { type Event, scan } from './popt-scanner.ts';
import { schedulerFlag } from './scheduler-flags.ts';
import { parseEndpoint, parseNumber } from './values.ts';

/**
 * Parses `words`, a command line without the program's name. An empty command line lists the table.
 *
 * Faults are reported in the order of ipvsadm 1.31: word by word, then timeouts, then excess words, then scheduler flags, then
 * options that are illegal with the command, then values that do not go together.
 *
 * @throws {RuleError} with the first fault.
 */
export function parseCommand(
  words: readonly string[],
  names: NameLookup,
  toService: ServiceParser = parseService,
): Command {
  if (words.length === 0) return { name: 'list', options: listOptions(new Set(), {}) };
  const { events, operands } = scan(words);

  const [first, ...rest] = events;
  if (first?.kind !== 'command') throw new RuleError({ code: 'no-command' });
  const { command } = first.spelling;
  if (command === 'help' || command === 'version') return { name: command };

  const role = first.spelling.argument && parseRole(command, first.text ?? '');
  const { given, values } = readOptions(rest, names, toService);

  const timeouts = command === 'set' ? parseTimeouts(operands) : undefined;
  const unexpected = operands[timeouts ? 3 : 0];
  if (unexpected !== undefined) throw new RuleError({ code: 'unexpected-argument', word: unexpected });
  const schedulerFlags = parseSchedulerFlags(values);
  const fault = findIllegality(command, given);
  if (fault) throw new RuleError(fault);

  return buildCommand(command, { given, values, schedulerFlags, role, timeouts });
}

function readOptions(events: readonly Event[], names: NameLookup, toService: ServiceParser): ParsedOptions {
  const context = readServiceFirst(events, names, toService);
  const given = new Set<OptionName>();
  const values = noValues();
  for (const event of events) {
    if (event.kind === 'unreadable') throw new RuleError({ code: event.code, word: event.word });
    if (event.kind === 'command') throw new RuleError({ code: 'second-command', word: event.word });
    const { name, repeatable } = event.row;
    if (given.has(name) && !repeatable) throw new RuleError({ code: 'repeated-option', option: name });
    given.add(name);
    readOption(event.spelling, values, event.text, context);
  }
  return { given, values };
}

function readOption(
  spelling: OptionSpelling,
  values: OptionValues,
  text: string | undefined,
  context: ReadContext,
): void {
  if (spelling.argument === undefined) spelling.read?.(values, undefined, context);
  else if (spelling.argument === 'required') spelling.read(values, text ?? '', context);
  else spelling.read(values, text, context);
}

/** Reads the service address ahead of the other options. An invalid one is reported when its option is read. */
function readServiceFirst(
  events: readonly Event[],
  names: NameLookup,
  toService: ServiceParser,
): ReadContext {
  for (const event of events) {
    if (event.kind !== 'option' || event.row.name !== 'service-address') continue;
    const text = event.text ?? '';
    const { protocol } = event.spelling;
    if (protocol) return { service: toService(text, protocol, names), byFwmark: false, names };
    const fwmark = parseNumber(text, 1, limits.fwmark);
    const isIpv6 = events.some((event) => event.kind === 'option' && event.row.name === 'ipv6');
    const service = fwmark && ({ kind: 'fwmark', family: isIpv6 ? 'inet6' : 'inet', fwmark } as const);
    return { service: service || undefined, byFwmark: true, names };
  }
  return { service: undefined, byFwmark: false, names };
}

/** Parses the address of a service as `-t` accepts it; returns `undefined` if `text` is not one. */
export type ServiceParser = (
  text: string,
  protocol: Protocol,
  names: NameLookup,
) => AddressServiceId | undefined;

const parseService: ServiceParser = (text, protocol, names) => {
  const endpoint = parseEndpoint(text, protocol, names);
  return endpoint && { kind: 'address', protocol, address: endpoint.address, port: endpoint.port ?? 0 };
};

/**
 * Returns a {@link ServiceParser} that caches its latest result, for reading one file: there, each server line repeats the
 * service of the line before. Used for longer, it would return stale addresses when the answers of `names` change.
 */
export function cachingServiceParser(): ServiceParser {
  let latest: { text: string; names: NameLookup; service: AddressServiceId } | undefined;
  return (text, protocol, names) => {
    if (latest?.text === text && latest.names === names && latest.service.protocol === protocol) {
      return latest.service;
    }
    const service = parseService(text, protocol, names);
    if (service) latest = { text, names, service };
    return service;
  };
}

function parseRole(command: CommandName, text: string): SyncRole {
  // Messages of ipvsadm 1.31.
  const sentence =
    command === 'start-daemon'
      ? 'illegal start-daemon parameter specified'
      : 'illegal start_daemon specified';
  return readWord(text, ['master', 'backup'], sentence);
}

function parseSchedulerFlags({ schedulerFlags, scheduler }: OptionValues): number {
  let flags = 0;
  for (const word of schedulerFlags?.split(',').filter((part) => part !== '') ?? []) {
    const known = orIllegal(schedulerFlag(word), word, (value) => `invalid scheduler flag \`${value}'`);
    if (known.scheduler && known.scheduler !== (scheduler || defaults.scheduler)) {
      throw new RuleError({ code: 'incompatible-scheduler-flag', value: word });
    }
    flags |= known.flag;
  }
  return flags;
}

function parseTimeouts(texts: readonly string[]): Timeouts {
  const [tcp, tcpFin, udp] = texts;
  if (tcp === undefined || tcpFin === undefined || udp === undefined)
    throw new RuleError({ code: 'missing-timeouts' });
  return { tcp: readTimeout(tcp, 0), tcpFin: readTimeout(tcpFin, 0), udp: readTimeout(udp, 0) };
}
