import type { Family } from '../../ipvs/address.ts';
import { familyOf, ServiceFlag, type ServiceId, type ServiceSettings } from '../../ipvs/model.ts';
import { defaultNetmask, defaults } from '../defaults.ts';
import { limits } from '../limits.ts';
import { numericOnly } from '../names.ts';
import type { Rule } from '../rule-file.ts';
import { schedulerFlag, schedulerFlagWords } from '../scheduler-flags.ts';
import { parseInetMask } from '../values.ts';
import { readServer, skipStats } from './server.ts';
import type { JsonValue } from './value.ts';

const settingFields = [
  'scheduler',
  'schedulerFlags',
  'persistence',
  'persistenceEngine',
  'onePacket',
] as const;
const commonFields = [...settingFields, 'servers', 'stats', 'rates'] as const;
const addressFields = ['protocol', 'address', 'port', 'hostName', 'portName', ...commonFields] as const;
const fwmarkFields = ['fwmark', 'family', ...commonFields] as const;

type ServiceFields = Partial<
  Record<(typeof addressFields)[number] | (typeof fwmarkFields)[number], JsonValue>
>;

/** The commands that add a service and its servers. */
export function readService(value: JsonValue): Rule[] {
  const fields: ServiceFields | undefined = value.field('fwmark')
    ? value.fields(fwmarkFields)
    : value.fields(addressFields);
  if (!fields) return [];
  fields.hostName?.skipText();
  fields.portName?.skipText();
  skipStats(fields);
  const service = fields.fwmark ? readFwmark(fields.fwmark, fields) : readAddress(value, fields);
  const settings = readSettings(fields, service);
  const servers = fields.servers?.items().flatMap((server) => readServer(server, service)) ?? [];
  return service
    ? [{ place: value.path, command: { name: 'add-service', service, settings } }, ...servers]
    : [];
}

function readFwmark(fwmark: JsonValue, { family }: ServiceFields): ServiceId | undefined {
  const mark = fwmark.number(1, limits.fwmark);
  const kind = family?.word(['inet', 'inet6']) ?? 'inet';
  return mark === undefined ? undefined : { kind: 'fwmark', family: kind, fwmark: mark };
}

function readAddress(value: JsonValue, fields: ServiceFields): ServiceId | undefined {
  const protocol = value.need(fields.protocol, 'protocol', 'fwmark')?.word(['tcp', 'udp', 'sctp']);
  const address = value.need(fields.address, 'address')?.address();
  const port = value.need(fields.port, 'port')?.number(0, limits.port);
  if (port === 0 && !fields.persistence) fields.port?.refuse({ code: 'zero-port' });
  if (!protocol || !address || port === undefined) return undefined;
  return { kind: 'address', protocol, address, port };
}

function readSettings(fields: ServiceFields, service: ServiceId | undefined): ServiceSettings {
  const family = service && familyOf(service);
  const scheduler = fields.scheduler?.name(limits.name) ?? defaults.scheduler;
  const onePacket = fields.onePacket?.boolean() ?? false;
  if (onePacket && service?.kind === 'address' && service.protocol !== 'udp') {
    fields.onePacket?.refuse({ code: 'one-packet-not-udp' });
  }
  const persistence = fields.persistence?.fields(['timeout', 'netmask']);
  const persistenceEngine = fields.persistenceEngine?.name(limits.name);
  return {
    scheduler,
    flags:
      readSchedulerFlags(fields.schedulerFlags, scheduler) |
      (persistence ? ServiceFlag.persistent : 0) |
      (onePacket ? ServiceFlag.onePacket : 0),
    timeout: persistence ? (persistence.timeout?.number(1, limits.timeout) ?? defaults.persistence) : 0,
    netmask: readNetmask(persistence?.netmask, family),
    ...(persistenceEngine && { persistenceEngine }),
  };
}

function readSchedulerFlags(value: JsonValue | undefined, scheduler: string): number {
  const words = schedulerFlagWords().filter((word) =>
    [undefined, scheduler].includes(schedulerFlag(word)?.scheduler),
  );
  let flags = 0;
  for (const item of value?.items() ?? []) flags |= schedulerFlag(item.word(words) ?? '')?.flag ?? 0;
  return flags;
}

/** A mask is dotted for IPv4 and the length of a prefix for IPv6. Without a `family` there is no telling. */
function readNetmask(value: JsonValue | undefined, family: Family | undefined): number {
  if (!family) return 0;
  const found =
    family === 'inet'
      ? value?.parsed((text) => parseInetMask(text, numericOnly), 'netmask')
      : value?.number(1, limits.prefixLength);
  return found ?? defaultNetmask(family);
}
