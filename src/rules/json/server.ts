import type { Address } from '../../ipvs/address.ts';
import { type Forwarding, familyOf, type ServiceId, type Tunnel, type TunnelType } from '../../ipvs/model.ts';
import { limits } from '../limits.ts';
import type { Rule } from '../rule-file.ts';
import { type TunnelChecksum, tunnelChecksums } from './tunnel-checksums.ts';
import type { JsonValue } from './value.ts';

const counts = ['activeConnections', 'inactiveConnections', 'persistentConnections'] as const;
const settingFields = ['forwarding', 'weight', 'upperThreshold', 'lowerThreshold', 'tunnel'] as const;
const serverFields = [
  ...(['address', 'port', 'hostName', 'portName'] as const),
  ...settingFields,
  ...counts,
  ...(['stats', 'rates'] as const),
] as const;

const forwardings: readonly Forwarding[] = ['masquerade', 'route', 'tunnel', 'local', 'bypass'];

/** The command that adds a server to `service`; none where that or the server's address cannot be read. */
export function readServer(value: JsonValue, service: ServiceId | undefined): Rule[] {
  const fields = value.fields(serverFields);
  if (!fields) return [];
  fields.hostName?.skipText();
  fields.portName?.skipText();
  for (const count of counts) fields[count]?.skipCounter();
  skipStats(fields);
  const address = value.need(fields.address, 'address')?.address();
  const port = fields.port?.number(0, limits.port);
  const forwarding = fields.forwarding?.word(forwardings) ?? 'route';
  if (address && service && forwarding !== 'tunnel') checkFamily(fields.address, address, service);
  const settings = {
    forwarding,
    weight: fields.weight?.number(0, limits.count) ?? 1,
    upperThreshold: fields.upperThreshold?.number(0, limits.count) ?? 0,
    lowerThreshold: fields.lowerThreshold?.number(0, limits.count) ?? 0,
    tunnel: readTunnel(fields.tunnel, forwarding),
  };
  if (!service || !address) return [];
  const server = { address, port: port ?? (service.kind === 'address' ? service.port : 0) };
  return [{ place: value.path, command: { name: 'add-server', service, server, settings } }];
}

function checkFamily(field: JsonValue | undefined, address: Address, service: ServiceId): void {
  if (address.family !== familyOf(service)) field?.refuse({ code: 'family-mismatch' });
}

const ipip: Tunnel = { type: 'ipip', port: 0, flags: 0 };

/** What the fields of a tunnel can be, by its type. */
const tunnelFields: Record<TunnelType, readonly ('type' | 'port' | 'checksum')[]> = {
  ipip: ['type'],
  gre: ['type', 'checksum'],
  gue: ['type', 'port', 'checksum'],
};

const checksumsOf: Record<'gre' | 'gue', readonly TunnelChecksum[]> = {
  gre: ['none', 'full'],
  gue: ['none', 'full', 'remote'],
};

function readTunnel(value: JsonValue | undefined, forwarding: Forwarding): Tunnel {
  if (!value) return ipip;
  if (forwarding !== 'tunnel') value.refuse({ code: 'tunnel-option-without-tunnel' });
  const given = value.field('type');
  const type = given ? given.word(['ipip', 'gre', 'gue']) : 'ipip';
  const fields = type && value.fields(tunnelFields[type]);
  if (!fields || type === 'ipip') return ipip;
  const checksum = fields.checksum?.word(checksumsOf[type]) ?? 'none';
  const port = type === 'gue' ? value.need(fields.port, 'port')?.number(1, limits.port) : 0;
  return { type, port: port ?? 0, flags: tunnelChecksums[checksum] };
}

const statsFields = ['connections', 'inPackets', 'outPackets', 'inBytes', 'outBytes'] as const;

/** Makes sure that counters are such; nothing is done with them. */
export function skipStats(fields: { readonly stats?: JsonValue; readonly rates?: JsonValue }): void {
  for (const value of [fields.stats, fields.rates]) {
    const counters = value?.fields(statsFields);
    for (const name of statsFields) counters?.[name]?.skipCounter();
  }
}
