import type * as z from 'zod';
import { Address, type Family } from '../ipvs/address.ts';
import { isTransportProtocol } from '../ipvs/protocol.ts';
import { schedulerFlag, schedulerFlagWords } from '../rules/scheduler-flags.ts';
import { illegalField, type JsonFault, type Path } from './faults.ts';
import { addressService, fwmarkService, oneOf, persistence, protocols, server } from './schema.ts';

/**
 * Returns the faults of values that contradict each other, though each may be valid by itself. Also checks the readable
 * parts of a document with other faults, so that all faults are reported at once.
 */
export function contradictionsIn(document: unknown): JsonFault[] {
  return itemsOf(document, 'services').flatMap((service, index) => ofService(service, ['services', index]));
}

/** The valid fields of a service of either kind. */
type ReadableService = Partial<z.output<typeof addressService> & z.output<typeof fwmarkService>>;

function ofService(value: object, path: Path): JsonFault[] {
  const isMark = 'fwmark' in value;
  const service: ReadableService = isMark ? readable(fwmarkService, value) : readable(addressService, value);
  const family = isMark ? service.family : familyOf(service.address);
  return [
    ...ofEndpoint(service, value, path),
    ...ofSchedulerFlags(service, path),
    ...ofPersistence(value, family, [...path, 'persistence', 'netmask']),
    ...itemsOf(value, 'servers').flatMap((item, index) =>
      ofServer(item, family, [...path, 'servers', index]),
    ),
  ];
}

function ofEndpoint({ protocol, port, onePacket }: ReadableService, value: object, path: Path): JsonFault[] {
  const faults: JsonFault[] = [];
  if (protocol !== undefined && !isTransportProtocol(protocol)) {
    faults.push(illegalField([...path, 'protocol'], oneOf(protocols), protocol));
  }
  if (port === 0 && !('persistence' in value)) {
    faults.push({ path: [...path, 'port'], fault: { code: 'zero-port' } });
  }
  if (onePacket && protocol !== undefined && protocol !== 'udp') {
    faults.push({ path: [...path, 'onePacket'], fault: { code: 'one-packet-not-udp' } });
  }
  return faults;
}

/** Returns a fault for each flag name that the service's scheduler does not have: some names belong to one scheduler only. */
function ofSchedulerFlags({ scheduler, schedulerFlags = [] }: ReadableService, path: Path): JsonFault[] {
  const words = schedulerFlagWords().filter((word) => {
    const owner = schedulerFlag(word)?.scheduler;
    return owner === undefined || owner === scheduler;
  });
  return schedulerFlags.flatMap((word, index) =>
    words.includes(word) ? [] : [illegalField([...path, 'schedulerFlags', index], oneOf(words), word)],
  );
}

const netmaskForms = {
  inet: { type: 'string', phrase: 'a netmask in dotted notation' },
  inet6: { type: 'number', phrase: 'a whole number from 1 to 128' },
} as const;

function ofPersistence(service: object, family: Family | undefined, path: Path): JsonFault[] {
  if (!('persistence' in service) || !(service.persistence instanceof Object)) return [];
  const { netmask } = readable(persistence, service.persistence);
  if (netmask === undefined || family === undefined) return [];
  const { type, phrase } = netmaskForms[family];
  return typeof netmask === type ? [] : [illegalField(path, phrase, netmask)];
}

function ofServer(value: object, serviceFamily: Family | undefined, path: Path): JsonFault[] {
  const { address, forwarding, tunnel } = readable(server, value);
  const family = familyOf(address);
  if (forwarding === undefined || forwarding === 'tunnel') return [];
  const faults: JsonFault[] = [];
  if (family && serviceFamily && family !== serviceFamily) {
    faults.push({ path: [...path, 'address'], fault: { code: 'family-mismatch' } });
  }
  if (tunnel) faults.push({ path: [...path, 'tunnel'], fault: { code: 'tunnel-option-without-tunnel' } });
  return faults;
}

function familyOf(address: string | undefined): Family | undefined {
  return address === undefined ? undefined : Address.parse(address)?.family;
}

/** Returns the valid fields of an object, with defaults for absent ones. */
function readable<Shape extends z.core.$ZodShape>(
  { shape }: z.ZodObject<Shape>,
  value: object,
): Partial<z.output<z.ZodObject<Shape>>> {
  const given: Record<string, unknown> = { ...value };
  const fields: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(shape)) {
    const { success, data } = (schema as z.ZodType).safeParse(given[name]);
    if (success) fields[name] = data;
  }
  return fields as Partial<z.output<z.ZodObject<Shape>>>;
}

/** Returns the objects in an array that is a field of `value`; empty where there is no such array. */
function itemsOf(value: unknown, field: string): readonly object[] {
  const items =
    value instanceof Object ? Object.entries(value).find(([name]) => name === field)?.[1] : undefined;
  return Array.isArray(items) ? items.filter((item) => item instanceof Object) : [];
}
