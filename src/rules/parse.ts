import type { Address } from '../ipvs/address.ts';
import {
  type AddressServiceId,
  type DestinationId,
  type Forwarding,
  familyOf,
  type Protocol,
  ServiceFlag,
  type ServiceId,
  type ServiceSettings,
  type SyncDaemon,
  type SyncRole,
  type Timeouts,
} from '../ipvs/model.ts';
import type { Command, CommandName, DrainOptions, RestoreOptions } from './command.ts';
import { defaultNetmask, defaults } from './defaults.ts';
import { RuleError, type ValueKind } from './error.ts';
import { limits } from './limits.ts';
import { listOptions, type ViewOptions } from './list-options.ts';
import type { NameLookup } from './names.ts';
import { illegality, isRepeatable, type LongName, type OptionName } from './options.ts';
import { schedulerFlag } from './scheduler-flags.ts';
import { parseTunnel, type TunnelOptions } from './tunnel.ts';
import {
  clip,
  parseEndpoint,
  parseInetMask,
  parseInterval,
  parseMulticastGroup,
  parseNumber,
  parsePrefixLength,
  parseTimeout,
} from './values.ts';
import { type Event, scan } from './words.ts';

/**
 * The command that `words` (a command line without the program's name) denote. No words at all list the table.
 *
 * Faults are found in the reference's order: word by word, then timeouts, then words too many, then scheduler flags,
 * then options that do not go with the command, then values that do not go with each other.
 *
 * @throws {RuleError} with the first fault.
 */
export function parseCommand(
  words: readonly string[],
  names: NameLookup,
  toService: ServiceParser = parseService,
): Command {
  if (words.length === 0) return { name: 'list', options: listOptions(new Set()) };
  const { events, operands } = scan(words);

  const [first] = events;
  if (first?.kind !== 'option' || !first.spelling.command) throw new RuleError({ code: 'no-command' });
  const command = first.spelling.command;
  if (command === 'help' || command === 'version') return { name: command };

  const role = first.spelling.argument && parseRole(command, first.argument ?? '');
  const draft = interpret(events.slice(1), names, toService);

  if (command === 'set') draft.timeouts = parseTimeouts(operands);
  const unexpected = operands[command === 'set' ? 3 : 0];
  if (unexpected !== undefined) throw new RuleError({ code: 'unexpected-argument', word: unexpected });
  const schedulerFlags = parseSchedulerFlags(draft);
  const found = illegality(command, draft.given);
  if (found) throw new RuleError(found);

  return assemble(command, draft, schedulerFlags, role);
}

/** What the options of a command line said, before it is known whether they go together. */
interface Draft {
  readonly given: Set<OptionName>;
  service?: ServiceId;
  server?: { readonly address: Address; readonly port: number | undefined };
  forwarding?: Forwarding;
  weight?: number;
  upperThreshold?: number;
  lowerThreshold?: number;
  readonly tunnel: TunnelOptions;
  scheduler?: string;
  schedulerFlagList?: string;
  persistence?: number;
  netmask?: number;
  persistenceEngine?: string;
  daemon: Partial<SyncDaemon>;
  timeouts?: Timeouts;
  wait?: number;
  drain?: number;
  view?: ViewOptions;
}

/** What has to be known of the whole command line to read one option, so that options may come in any order. */
interface Context {
  readonly service: ServiceId | undefined;
  readonly byFwmark: boolean;
  readonly names: NameLookup;
}

function interpret(events: readonly Event[], names: NameLookup, toService: ServiceParser): Draft {
  const context = anticipate(events, names, toService);
  const draft: Draft = { given: new Set(), tunnel: {}, daemon: {} };
  for (const event of events) {
    if (event.kind === 'unreadable') throw new RuleError({ code: event.code, word: event.word });
    const { long, option } = event.spelling;
    if (!option) throw new RuleError({ code: 'second-command', word: event.word });
    if (draft.given.has(option) && !isRepeatable(option))
      throw new RuleError({ code: 'repeated-option', option });
    draft.given.add(option);
    takeOption(draft, long as LongName, event.argument, context);
  }
  return draft;
}

/** Reads the service address ahead of the rest. A bad one is left to be told in its turn. */
function anticipate(events: readonly Event[], names: NameLookup, toService: ServiceParser): Context {
  for (const event of events) {
    if (event.kind !== 'option' || event.spelling.option !== 'service-address') continue;
    const text = event.argument ?? '';
    if (event.spelling.long === 'fwmark-service') {
      const fwmark = parseNumber(text, 1, limits.fwmark);
      const isIpv6 = events.some((event) => event.kind === 'option' && event.spelling.option === 'ipv6');
      const service = fwmark && ({ kind: 'fwmark', family: isIpv6 ? 'inet6' : 'inet', fwmark } as const);
      return { service: service || undefined, byFwmark: true, names };
    }
    const protocol =
      event.spelling.long === 'tcp-service' ? 'tcp' : event.spelling.long === 'udp-service' ? 'udp' : 'sctp';
    return { service: toService(text, protocol, names), byFwmark: false, names };
  }
  return { service: undefined, byFwmark: false, names };
}

/** Reads the address of a service as `-t` takes it; gives `undefined` where `text` is none. */
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
 * Makes a {@link ServiceParser} that keeps its latest result, for one reading of a file, in which each line of a server repeats
 * the service of the line before. A longer life would give stale addresses where the answers of `names` change.
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

function legal<T>(value: T | undefined, what: ValueKind, text: string): T {
  if (value === undefined) throw new RuleError({ code: 'illegal-value', what, value: text });
  return value;
}

/** Room for a name in the kernel's structures, with the terminating zero. */
const nameSize = limits.name + 1;

/** Puts what an option says into the draft; those that are missing here are known by having been given. */
function takeOption(draft: Draft, option: LongName, argument: string | undefined, context: Context): void {
  const { service, byFwmark, names } = context;
  const text = argument ?? '';
  const hasArgument = argument !== undefined;
  switch (option) {
    case 'tcp-service':
    case 'udp-service':
    case 'sctp-service':
      draft.service = legal(service, 'virtual-address', text);
      break;
    case 'fwmark-service':
      draft.service = legal(service, 'fwmark', text);
      break;
    case 'ipv6':
      if (!byFwmark) throw new RuleError({ code: 'ipv6-without-fwmark' });
      break;
    case 'scheduler':
      draft.scheduler = clip(text, nameSize);
      break;
    case 'sched-flags':
      draft.schedulerFlagList = text;
      break;
    case 'persistent':
      draft.persistence = hasArgument
        ? legal(parseTimeout(text, 1), 'persistence-timeout', text)
        : defaults.persistence;
      break;
    case 'netmask':
      draft.netmask =
        service && familyOf(service) === 'inet6'
          ? legal(parsePrefixLength(text), 'ipv6-netmask', text)
          : legal(parseInetMask(text, names), 'netmask', text);
      break;
    case 'pe':
      draft.persistenceEngine = clip(text, nameSize);
      break;
    case 'real-server': {
      const protocol = service?.kind === 'fwmark' ? 'tcp' : service?.protocol;
      draft.server = legal(parseEndpoint(text, protocol, names), 'real-address', text);
      break;
    }
    case 'gatewaying':
      draft.forwarding = 'route';
      break;
    case 'ipip':
      draft.forwarding = 'tunnel';
      break;
    case 'masquerading':
      draft.forwarding = 'masquerade';
      break;
    case 'weight':
      draft.weight = legal(parseNumber(text, 0, limits.count), 'weight', text);
      break;
    case 'u-threshold':
      draft.upperThreshold = legal(parseNumber(text, 0, limits.count), 'upper-threshold', text);
      break;
    case 'l-threshold':
      draft.lowerThreshold = legal(parseNumber(text, 0, limits.count), 'lower-threshold', text);
      break;
    case 'tun-type': {
      const type = (['ipip', 'gue', 'gre'] as const).find((known) => known === text);
      draft.tunnel.type = legal(type, 'tunnel-type', text);
      break;
    }
    case 'tun-port':
      draft.tunnel.port = legal(parseNumber(text, 1, limits.port), 'tunnel-port', text);
      break;
    case 'mcast-interface':
      draft.daemon = { ...draft.daemon, interface: clip(text, nameSize) };
      break;
    case 'syncid':
      draft.daemon = { ...draft.daemon, syncId: legal(parseNumber(text, 0, limits.syncId), 'sync-id', text) };
      break;
    case 'sync-maxlen':
      draft.daemon = {
        ...draft.daemon,
        maxLength: legal(parseNumber(text, 1, limits.syncMaxLength), 'sync-maxlen', text),
      };
      break;
    case 'mcast-group': {
      const kind = text.includes(':') ? 'inet6-group' : 'inet-group';
      draft.daemon = { ...draft.daemon, group: legal(parseMulticastGroup(text), kind, text) };
      break;
    }
    case 'mcast-port':
      draft.daemon = { ...draft.daemon, port: legal(parseNumber(text, 1, limits.port), 'mcast-port', text) };
      break;
    case 'mcast-ttl':
      draft.daemon = { ...draft.daemon, ttl: legal(parseNumber(text, 1, limits.ttl), 'mcast-ttl', text) };
      break;
    case 'wait':
      draft.wait = hasArgument ? legal(parseTimeout(text, 0), 'wait', text) : Number.POSITIVE_INFINITY;
      break;
    case 'drain':
      draft.drain = hasArgument ? legal(parseTimeout(text, 0), 'drain', text) : defaults.drain;
      break;
    case 'watch': {
      const watch = hasArgument ? legal(parseInterval(text), 'watch-interval', text) : defaults.watchInterval;
      draft.view = { ...draft.view, watch };
      break;
    }
    case 'color': {
      const when = (['auto', 'always', 'never'] as const).find((known) => known === text);
      const color = hasArgument ? legal(when, 'color', text) : 'always';
      if (color !== 'auto') draft.view = { ...draft.view, color };
      break;
    }
    case 'output':
      draft.view = { ...draft.view, output: legal(text || undefined, 'output', text) };
      break;
    case 'top': {
      const top = hasArgument ? legal(parseNumber(text, 1, limits.count), 'top', text) : defaults.top;
      draft.view = { ...draft.view, top };
      break;
    }
  }
}

function parseRole(command: CommandName, text: string): SyncRole {
  const role = (['master', 'backup'] as const).find((known) => known === text);
  return legal(role, command === 'start-daemon' ? 'start-daemon-role' : 'stop-daemon-role', text);
}

function parseSchedulerFlags({ schedulerFlagList, scheduler }: Draft): number {
  let flags = 0;
  for (const word of schedulerFlagList?.split(',').filter((part) => part !== '') ?? []) {
    const known = legal(schedulerFlag(word), 'scheduler-flag', word);
    if (known.scheduler && known.scheduler !== (scheduler || defaults.scheduler)) {
      throw new RuleError({ code: 'incompatible-scheduler-flag', value: word });
    }
    flags |= known.flag;
  }
  return flags;
}

/** Makes the command from a draft whose options are all legal with it. */
function assemble(
  command: CommandName,
  draft: Draft,
  schedulerFlags: number,
  role: SyncRole | undefined,
): Command {
  const { service } = draft;
  switch (command) {
    case 'add-service':
    case 'edit-service':
      return { name: command, service: required(service), settings: serviceSettings(draft, schedulerFlags) };
    case 'delete-service':
      return { name: command, service: required(service) };
    case 'add-server':
    case 'edit-server':
      return serverCommand(command, draft);
    case 'delete-server':
      demand(command, draft, [['keep', 'drain']]);
      return { name: command, service: required(service), server: serverId(draft), ...drainOptions(draft) };
    case 'list':
      return { name: command, ...(service && { service }), options: listOptions(draft.given, draft.view) };
    case 'zero':
      return { name: command, ...(service && { service }) };
    case 'set':
      return { name: command, timeouts: required(draft.timeouts) };
    case 'start-daemon':
      return {
        name: command,
        daemon: {
          syncId: 0,
          ...draft.daemon,
          role: required(role),
          interface: draft.daemon.interface || defaults.mcastInterface,
        },
      };
    case 'stop-daemon':
      return { name: command, role: required(role) };
    case 'save':
      return { name: command, numeric: draft.given.has('numeric') };
    case 'restore':
      return { name: command, options: restoreOptions(draft) };
    default:
      return { name: command };
  }
}

/** Makes sure that each option that is there has the one beside it. */
function demand(
  command: CommandName,
  { given }: Draft,
  pairs: readonly (readonly [OptionName, OptionName])[],
): void {
  const found = pairs.find(([option, other]) => given.has(option) && !given.has(other));
  if (found) throw new RuleError({ code: 'option-needs', option: found[0], other: found[1], command });
}

function drainOptions({ drain, given }: Draft): { drain?: DrainOptions } {
  return drain === undefined ? {} : { drain: { seconds: drain, keep: given.has('keep') } };
}

function restoreOptions(draft: Draft): RestoreOptions {
  const { given, wait } = draft;
  demand('restore', draft, [
    ['dry-run', 'sync'],
    ['exit-code', 'dry-run'],
    ['wait', 'sync'],
    ['drain', 'sync'],
    ['keep', 'drain'],
  ]);
  if (given.has('check') && given.has('dry-run')) {
    throw new RuleError({ code: 'options-conflict', option: 'check', other: 'dry-run', command: 'restore' });
  }
  return {
    sync: given.has('sync'),
    check: given.has('check'),
    dryRun: given.has('dry-run'),
    exitCode: given.has('exit-code'),
    json: given.has('json'),
    ...(wait !== undefined && { wait }),
    ...drainOptions(draft),
  };
}

/** What the legality check has made sure of. */
function required<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('an option that the command demands was let through unset');
  return value;
}

function serviceSettings(draft: Draft, schedulerFlags: number): ServiceSettings {
  const service = required(draft.service);
  const onePacket = draft.given.has('ops');
  if (service.kind === 'address') {
    if (service.port === 0 && draft.persistence === undefined) throw new RuleError({ code: 'zero-port' });
    if (onePacket && service.protocol !== 'udp') throw new RuleError({ code: 'one-packet-not-udp' });
  }
  return {
    scheduler: draft.scheduler || defaults.scheduler,
    flags:
      schedulerFlags |
      (draft.persistence === undefined ? 0 : ServiceFlag.persistent) |
      (onePacket ? ServiceFlag.onePacket : 0),
    timeout: draft.persistence ?? 0,
    netmask: draft.netmask ?? defaultNetmask(familyOf(service)),
    ...(draft.persistenceEngine && { persistenceEngine: draft.persistenceEngine }),
  };
}

function serverId(draft: Draft): DestinationId {
  const { address, port } = required(draft.server);
  return { address, port: port ?? portOf(required(draft.service)) };
}

function portOf(service: ServiceId): number {
  return service.kind === 'address' ? service.port : 0;
}

function serverCommand(name: 'add-server' | 'edit-server', draft: Draft): Command {
  const service = required(draft.service);
  const forwarding = draft.forwarding ?? 'route';
  const { address, port } = serverId(draft);
  if (address.family !== familyOf(service) && forwarding !== 'tunnel') {
    throw new RuleError({ code: 'family-mismatch' });
  }
  return {
    name,
    service,
    // Only network address translation can change the port.
    server: {
      address,
      port: service.kind === 'address' && forwarding !== 'masquerade' ? service.port : port,
    },
    settings: {
      forwarding,
      weight: draft.weight ?? 1,
      upperThreshold: draft.upperThreshold ?? 0,
      lowerThreshold: draft.lowerThreshold ?? 0,
      tunnel: parseTunnel(draft.given, draft.tunnel, forwarding),
    },
  };
}

function parseTimeouts(texts: readonly string[]): Timeouts {
  const [tcp, tcpFin, udp] = texts;
  if (tcp === undefined || tcpFin === undefined || udp === undefined)
    throw new RuleError({ code: 'timeouts-wanted' });
  const seconds = (text: string) => legal(parseTimeout(text, 0), 'timeout', text);
  return { tcp: seconds(tcp), tcpFin: seconds(tcpFin), udp: seconds(udp) };
}
