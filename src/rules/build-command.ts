import {
  type DestinationId,
  type Forwarding,
  familyOf,
  ServiceFlag,
  type ServiceId,
  type ServiceSettings,
  type SyncRole,
  type Timeouts,
} from '../ipvs/model.ts';
import type { Command, CommandName, DrainOptions, RestoreOptions } from './command.ts';
import { defaultNetmask, defaults } from './defaults.ts';
import { RuleError } from './error.ts';
import { listOptions } from './list-options.ts';
import type { OptionValues } from './option-table/row.ts';
import { defaultDestinationSettings } from './option-table/server.ts';
import type { OptionName } from './option-table/table.ts';
import { parseTunnel } from './tunnel.ts';

/** Options of a command line: their names, and the values read from them. */
export interface ParsedOptions {
  readonly given: ReadonlySet<OptionName>;
  readonly values: OptionValues;
}

/** A parsed command line whose options are known to be legal with the command. */
export interface ParsedLine extends ParsedOptions {
  readonly schedulerFlags: number;
  readonly role: SyncRole | undefined;
  readonly timeouts: Timeouts | undefined;
}

/**
 * Builds a command from a parsed command line.
 *
 * @throws {RuleError} when values do not go together.
 */
export function buildCommand(command: CommandName, line: ParsedLine): Command {
  const { values, role, timeouts } = line;
  const { service } = values;
  switch (command) {
    case 'add-service':
    case 'edit-service':
      return { name: command, service: required(service), settings: serviceSettings(line) };
    case 'delete-service':
      return { name: command, service: required(service) };
    case 'add-server':
    case 'edit-server':
      return serverCommand(command, line);
    case 'delete-server':
      return { name: command, service: required(service), server: serverId(values), ...drainOptions(line) };
    case 'list':
      return { name: command, ...(service && { service }), options: listOptions(line.given, values.list) };
    case 'zero':
      return { name: command, ...(service && { service }) };
    case 'set':
      return { name: command, timeouts: required(timeouts) };
    case 'start-daemon': {
      const { daemon } = values;
      const name = daemon.interface || defaults.mcastInterface;
      return { name: command, daemon: { syncId: 0, ...daemon, role: required(role), interface: name } };
    }
    case 'stop-daemon':
      return { name: command, role: required(role) };
    case 'save':
      return {
        name: command,
        numeric: line.given.has('numeric'),
        ...(line.given.has('all') && { all: true }),
        ...values.ownership,
      };
    case 'restore':
      return { name: command, options: restoreOptions(line) };
    case 'doctor':
      return { name: command, options: { verbose: line.given.has('verbose'), ...values.doctor } };
    default:
      return { name: command };
  }
}

/** Returns a value that the legality check guarantees to be present. */
function required<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('an option that the command requires is unset');
  return value;
}

function drainOptions({ given, values: { drain } }: ParsedOptions): { drain?: DrainOptions } {
  return drain === undefined ? {} : { drain: { seconds: drain, keep: given.has('keep') } };
}

function restoreOptions({ given, values }: ParsedOptions): RestoreOptions {
  return {
    sync: given.has('sync'),
    check: given.has('check'),
    dryRun: given.has('dry-run'),
    exitCode: given.has('exit-code'),
    allowEmpty: given.has('allow-empty'),
    keepWeights: given.has('keep-weights'),
    json: given.has('json'),
    ...values.restore,
    ...values.ownership,
    ...drainOptions({ given, values }),
  };
}

function serviceSettings({ given, values, schedulerFlags }: ParsedLine): ServiceSettings {
  const { scheduler, persistence, netmask, persistenceEngine } = values;
  const service = required(values.service);
  const onePacket = given.has('ops');
  if (service.kind === 'address') {
    if (service.port === 0 && persistence === undefined) throw new RuleError({ code: 'zero-port' });
    if (onePacket && service.protocol !== 'udp') throw new RuleError({ code: 'one-packet-not-udp' });
  }
  return {
    scheduler: scheduler || defaults.scheduler,
    flags:
      schedulerFlags |
      (persistence === undefined ? 0 : ServiceFlag.persistent) |
      (onePacket ? ServiceFlag.onePacket : 0),
    timeout: persistence ?? 0,
    netmask: netmask ?? defaultNetmask(familyOf(service)),
    ...(persistenceEngine && { persistenceEngine }),
  };
}

function serverId(values: OptionValues): DestinationId {
  const { address, port } = required(values.server);
  return { address, port: port ?? portOf(required(values.service)) };
}

function portOf(service: ServiceId): number {
  return service.kind === 'address' ? service.port : 0;
}

/** Whether a server's port may differ from the service's: only network address translation can change it. */
export function hasOwnPort(forwarding: Forwarding): boolean {
  return forwarding === 'masquerade';
}

function serverCommand(name: 'add-server' | 'edit-server', { given, values }: ParsedLine): Command {
  const service = required(values.service);
  const settings = { ...defaultDestinationSettings, ...values.settings };
  const { forwarding } = settings;
  const { address, port } = serverId(values);
  if (address.family !== familyOf(service) && forwarding !== 'tunnel') {
    throw new RuleError({ code: 'family-mismatch' });
  }
  const keepsPort = service.kind === 'address' && !hasOwnPort(forwarding);
  const tunnel = parseTunnel(given, values.tunnel, forwarding);
  return {
    name,
    service,
    server: { address, port: keepsPort ? service.port : port },
    settings: { ...settings, tunnel },
  };
}
