import { Address, type Family } from '../ipvs/address.ts';
import {
  ServiceFlag,
  type ServiceId,
  type ServiceSettings,
  type SyncDaemon,
  type Tunnel,
} from '../ipvs/model.ts';
import { isTransportProtocol } from '../ipvs/protocol.ts';
import { destinationSchema } from '../ipvs/schema/destination.ts';
import { withoutByteOrderMark } from '../rules/byte-order-mark.ts';
import { defaultNetmask } from '../rules/defaults.ts';
import { RuleError } from '../rules/error.ts';
import { numericOnly } from '../rules/names.ts';
import type { BadRule, Rule } from '../rules/rule.ts';
import type { RuleFile } from '../rules/rule-file.ts';
import { schedulerFlag } from '../rules/scheduler-flags.ts';
import { parseInetMask } from '../rules/values.ts';
import { contradictionsIn } from './contradictions.ts';
import { faultsOf, formatPath, type JsonFault, phraseOf } from './faults.ts';
import { Positions, syntaxErrorOf } from './position.ts';
import {
  document,
  type JsonDaemon,
  type JsonDocument,
  type JsonServer,
  type JsonService,
  type JsonTunnel,
} from './schema.ts';
import { tunnelChecksums } from './tunnel-checksums.ts';

/**
 * Options of {@link readJsonRules}.
 *
 * @example
 * const timeouts = '{"timeouts": {"tcp": 900, "tcpFin": 120, "udp": 300}}';
 * const { rules } = await readJsonRules(timeouts, { isWholeTable: false });
 */
export interface JsonRulesOptions {
  /** The document describes the whole table: `services` is required, if only as an empty list. */
  readonly isWholeTable: boolean;
}

/**
 * Reads the output of `ipvsadm -L --json` as rules: commands that add its services and servers, set its timeouts and start
 * its daemons. Counters and other reports of the kernel are ignored; absent fields have the same defaults as on a command
 * line. Each error has the line and, in valid JSON, the path of the fault; if there are errors, no rules are returned.
 */
export function parseJsonRules(text: string, options: JsonRulesOptions): RuleFile {
  try {
    return readDocument(withoutByteOrderMark(text), options);
  } catch (error) {
    // Both engines report so that the stack is exhausted.
    if (!(error instanceof RangeError)) throw error;
    return notJson(1, 'nested too deeply');
  }
}

function readDocument(json: string, { isWholeTable }: JsonRulesOptions): RuleFile {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { line, reason } = syntaxErrorOf(json);
    return notJson(line, reason);
  }
  const { data, error } = document.safeParse(value, { reportInput: true, error: phraseOf });
  const faults = [
    ...(error ? faultsOf(error) : []),
    ...missingContents(value, isWholeTable),
    ...contradictionsIn(data ?? value),
  ];
  if (!data || faults.length > 0) return { rules: [], errors: badRules(faults, json) };
  return { rules: rulesOf(data), errors: [] };
}

function notJson(line: number, reason: string): RuleFile {
  return {
    rules: [],
    errors: [{ place: line, text: '', error: new RuleError({ code: 'not-json', reason }) }],
  };
}

const contents = ['services', 'timeouts', 'daemons'] as const;

/** Returns a fault where `services` is required but absent, or where the document has no contents at all. */
function missingContents(value: unknown, isWholeTable: boolean): JsonFault[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const names = isWholeTable ? (['services'] as const) : contents;
  return names.some((name) => name in value) ? [] : [{ path: [], fault: { code: 'missing-field', names } }];
}

/** Converts faults to bad rules with their places in the text, in the order of the text. */
function badRules(faults: readonly JsonFault[], json: string): BadRule[] {
  const positions = new Positions(json);
  return faults
    .map((fault) => ({ ...fault, offset: positions.offset(fault.path) }))
    .sort((a, b) => a.offset - b.offset)
    .map(({ path, fault, offset }) => ({
      place: [`line ${positions.lineOf(offset)}`, formatPath(path)].filter(Boolean).join(', '),
      text: '',
      error: new RuleError(fault),
    }));
}

function rulesOf({ services = [], timeouts, daemons = [] }: JsonDocument): Rule[] {
  return [
    ...services.flatMap((service, index) => serviceRules(service, `services[${index}]`)),
    ...(timeouts ? [{ place: 'timeouts', command: { name: 'set', timeouts } } as const] : []),
    ...daemons.map(
      (daemon, index): Rule => ({
        place: `daemons[${index}]`,
        command: { name: 'start-daemon', daemon: daemonOf(daemon) },
      }),
    ),
  ];
}

function serviceRules(service: JsonService, place: string): Rule[] {
  const id = serviceIdOf(service);
  return [
    { place, command: { name: 'add-service', service: id, settings: settingsOf(service) } },
    ...service.servers.map(
      (server, index): Rule => ({
        place: `${place}.servers[${index}]`,
        command: { name: 'add-server', service: id, ...serverOf(server, id) },
      }),
    ),
  ];
}

function serviceIdOf(service: JsonService): ServiceId {
  if ('fwmark' in service) return { kind: 'fwmark', family: service.family, fwmark: service.fwmark };
  const { protocol, address, port } = service;
  if (!isTransportProtocol(protocol)) throw new TypeError(`invalid protocol ${protocol} passed validation`);
  return { kind: 'address', protocol, address: addressOf(address), port };
}

function settingsOf(service: JsonService): ServiceSettings {
  const { scheduler, schedulerFlags, persistence, persistenceEngine, onePacket } = service;
  const family = 'fwmark' in service ? service.family : addressOf(service.address).family;
  const flags = [
    ...schedulerFlags.map((word) => schedulerFlag(word)?.flag ?? 0),
    persistence ? ServiceFlag.persistent : 0,
    onePacket ? ServiceFlag.onePacket : 0,
  ];
  return {
    scheduler,
    flags: flags.reduce((all, flag) => all | flag, 0),
    timeout: persistence?.timeout ?? 0,
    netmask: netmaskOf(persistence?.netmask, family),
    ...(persistenceEngine && { persistenceEngine }),
  };
}

function netmaskOf(netmask: string | number | undefined, family: Family): number {
  const mask = typeof netmask === 'string' ? parseInetMask(netmask, numericOnly) : netmask;
  return mask ?? defaultNetmask(family);
}

function serverOf(server: JsonServer, service: ServiceId) {
  return {
    server: {
      address: addressOf(server.address),
      port: server.port ?? (service.kind === 'address' ? service.port : 0),
    },
    settings: destinationSchema.settingsOf({ ...server, tunnel: tunnelOf(server.tunnel) }),
  };
}

function tunnelOf(tunnel: JsonTunnel = { type: 'ipip' }): Tunnel {
  if (tunnel.type === 'ipip') return { type: 'ipip', port: 0, flags: 0 };
  return {
    type: tunnel.type,
    port: tunnel.type === 'gue' ? tunnel.port : 0,
    flags: tunnelChecksums[tunnel.checksum],
  };
}

function daemonOf({ group, ...daemon }: JsonDaemon): SyncDaemon {
  return { ...daemon, group: group === undefined ? undefined : addressOf(group) };
}

/** Parses an address that the schema has already validated. */
function addressOf(text: string): Address {
  const address = Address.parse(text);
  if (!address) throw new TypeError(`invalid address ${text} passed validation`);
  return address;
}
