import * as z from 'zod';
import { Address } from '../ipvs/address.ts';
import { defaults } from '../rules/defaults.ts';
import { limits } from '../rules/limits.ts';
import { defaultDestinationSettings } from '../rules/option-table/server.ts';
import { schedulerFlagWords } from '../rules/scheduler-flags.ts';
import { parseMulticastGroup } from '../rules/values.ts';

// The single definition of the JSON documents that `--list --json` prints and `--restore --json` reads. Their types, the
// reader's validation, and the JSON Schema file (`npm run generate`) are derived from it. A message describes the expected
// value.

/** Fields that are always printed but optional for the reader. */
const alwaysPrinted = z.registry<{ readonly printed: true }>();

function optionalToRead<Schema extends z.ZodType>(schema: Schema) {
  const optional = schema.optional();
  alwaysPrinted.add(optional, { printed: true });
  return optional;
}

/** Returns whether a field is always printed but optional for the reader. */
export function isAlwaysPrinted(field: z.core.$ZodType): boolean {
  return alwaysPrinted.get(field)?.printed === true;
}

function wholeNumber(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  // A number that is too large for `z.int` violates the limits, too.
  return z.int({ error, abort: true }).min(min, { error }).max(max, { error });
}

function word<const Words extends readonly [string, ...string[]]>(...words: Words) {
  return z.enum(words, { error: oneOf(words) });
}

/** Returns the phrase for a choice of words: `one of "tcp", "udp"`. */
export function oneOf(words: readonly string[]): string {
  return `one of ${words.map((word) => `"${word}"`).join(', ')}`;
}

/** Returns the schema of a string that `isLegal` accepts; `kind` describes such a string in messages. */
function text(kind: string, isLegal: (text: string) => boolean) {
  return z.string({ error: kind }).refine(isLegal, { error: kind });
}

/** A name that is one word on a command line. */
const name = text(`a name of 1 to ${limits.name} bytes without blanks`, (text) => {
  return text !== '' && Buffer.byteLength(text) <= limits.name && !/[\s\p{Cc}]/u.test(text);
});

const ipFormats = { anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] };

const address = text('an IPv4 or IPv6 address', (text) => Address.parse(text) !== undefined).meta({
  id: 'address',
  description: 'A numeric address.',
  ...ipFormats,
});

const port = wholeNumber(0, limits.port).meta({ id: 'port' });

const hostName = z
  .string()
  .optional()
  .meta({ id: 'hostName', description: 'Without --numeric, and where it has a name.' });

const portName = z
  .string()
  .optional()
  .meta({ id: 'portName', description: 'Without --numeric, and where it has a name.' });

const count = wholeNumber(0, 0xffffffff).meta({ id: 'count' });

const counterPhrase = { error: 'a counter: a whole number, or its digits as a string' };
const counter = z
  .union(
    [
      z.int({ ...counterPhrase, abort: true }).min(0, counterPhrase),
      z.string().regex(/^[0-9]{1,20}$/, counterPhrase),
    ],
    counterPhrase,
  )
  .meta({
    id: 'counter',
    description:
      'A number up to 9007199254740991; above that, a string of digits, as not every program reads larger numbers exactly.',
  });

const counters = z
  .strictObject({
    connections: optionalToRead(counter),
    inPackets: optionalToRead(counter),
    outPackets: optionalToRead(counter),
    inBytes: optionalToRead(counter),
    outBytes: optionalToRead(counter),
  })
  .meta({ id: 'counters' });

const statistics = {
  stats: counters.optional().meta({
    description: 'With --stats: totals since the service or server was added, or its counters were reset.',
  }),
  rates: counters.optional().meta({ description: 'With --rate: estimates per second.' }),
};

const tunnel = z
  .discriminatedUnion(
    'type',
    [
      z.strictObject({ type: z.literal('ipip') }),
      z.strictObject({ type: z.literal('gre'), checksum: word('none', 'full').default('none') }),
      z.strictObject({
        type: z.literal('gue'),
        port: wholeNumber(1, limits.port),
        checksum: word('none', 'full', 'remote').default('none'),
      }),
    ],
    { error: ({ code }) => (code === 'invalid_union' ? oneOf(['ipip', 'gre', 'gue']) : undefined) },
  )
  .meta({ id: 'tunnel', description: 'The encapsulation; the checksum is the one in the outer header.' });

/** A real server. */
export const server = z
  .strictObject({
    address,
    port: optionalToRead(port).meta({ description: 'Default: the port of the service.' }),
    hostName,
    portName,
    forwarding: word('masquerade', 'route', 'tunnel', 'local', 'bypass')
      .default(defaultDestinationSettings.forwarding)
      .meta({ description: 'Only programs other than ipvsadm set local and bypass.' }),
    tunnel: tunnel.optional().meta({ description: 'Only if forwarding is tunnel.' }),
    weight: wholeNumber(0, limits.count).default(defaultDestinationSettings.weight),
    upperThreshold: wholeNumber(0, limits.count)
      .default(defaultDestinationSettings.upperThreshold)
      .meta({ description: '0: no limit.' }),
    lowerThreshold: wholeNumber(0, limits.count).default(defaultDestinationSettings.lowerThreshold),
    activeConnections: optionalToRead(counter),
    inactiveConnections: optionalToRead(counter),
    persistentConnections: optionalToRead(counter).meta({ description: 'Number of persistence templates.' }),
    ...statistics,
  })
  .meta({ id: 'server', description: 'A real server.' });

/** Persistence of a service. */
export const persistence = z.strictObject({
  timeout: wholeNumber(1, limits.timeout).default(defaults.persistence),
  netmask: optionalToRead(
    z.union([z.ipv4({ error: 'a netmask in dotted notation' }), wholeNumber(1, limits.prefixLength)], {
      error: 'a netmask in dotted notation, or a prefix length',
    }),
  ).meta({ description: 'For IPv4 in dotted notation; for IPv6 a prefix length.' }),
});

const service = {
  scheduler: name.default(defaults.scheduler),
  schedulerFlags: z
    .array(z.enum(schedulerFlagWords(), { error: oneOf(schedulerFlagWords()) }))
    .default([])
    .meta({ description: 'The first two have names of their own with sh and mh.' }),
  persistence: persistence.optional().meta({ description: 'Absent if the service is not persistent.' }),
  persistenceEngine: name.optional().meta({ description: 'Absent if there is none.' }),
  onePacket: z.boolean().default(false).meta({ description: 'One-packet scheduling.' }),
  ...statistics,
  servers: z.array(server).default([]).meta({ description: 'Real servers, sorted as in any listing.' }),
};

/** Protocols of services that can be created. */
export const protocols = ['tcp', 'udp', 'sctp'] as const;

/** A virtual service identified by protocol, address and port. */
export const addressService = z
  .strictObject({
    protocol: z
      .union([z.enum(protocols), z.string().regex(/^ip_[0-9]+$/, { error: oneOf(protocols) })], {
        error: oneOf(protocols),
      })
      .meta({
        description:
          'For services added by other programs, also any other protocol by its number; such services are printed, but not read.',
      }),
    address,
    port: port.meta({ description: '0: all ports.' }),
    hostName,
    portName,
    ...service,
  })
  .meta({ id: 'addressService', description: 'A service identified by protocol, address and port.' });

/** A virtual service identified by a firewall mark. */
export const fwmarkService = z
  .strictObject({
    fwmark: wholeNumber(1, limits.fwmark),
    family: word('inet', 'inet6').default('inet'),
    ...service,
  })
  .meta({ id: 'fwmarkService', description: 'A service identified by a firewall mark.' });

const timeout = wholeNumber(0, limits.timeout).default(0);

const daemon = z
  .strictObject({
    role: word('master', 'backup'),
    interface: name.default(defaults.mcastInterface),
    syncId: wholeNumber(0, limits.syncId).default(0),
    maxLength: wholeNumber(1, limits.syncMaxLength)
      .optional()
      .meta({ description: 'Maximum message length in bytes.' }),
    group: text('the address of a multicast group', (text) => parseMulticastGroup(text) !== undefined)
      .optional()
      .meta(ipFormats),
    port: wholeNumber(1, limits.port).optional(),
    ttl: wholeNumber(1, limits.ttl).optional(),
  })
  .meta({ id: 'daemon', description: 'A sync daemon. Old kernels report only role, interface and syncId.' });

const endpoint = z.strictObject({ address, port, hostName, portName }).meta({ id: 'endpoint' });

/** A connection, as `--list --connection --json` prints it on a line of its own. */
export const connection = z
  .strictObject({
    protocol: z.string().meta({
      description: 'ip in persistence templates of firewall marks.',
      examples: ['tcp', 'udp', 'sctp', 'ip'],
    }),
    state: z.string().meta({ description: 'The name that the kernel uses.', examples: ['ESTABLISHED'] }),
    expires: count.meta({ description: 'Seconds until the entry expires.' }),
    client: endpoint,
    virtual: z.union([endpoint, z.strictObject({ fwmark: wholeNumber(0, limits.fwmark) })]).meta({
      description: 'The virtual address and port; in persistence templates of firewall marks, the mark.',
    }),
    server: endpoint,
    persistenceEngine: z.string().optional(),
    persistenceData: z.string().optional().meta({
      description: 'Data by which the persistence engine identifies the client. It came from the network.',
    }),
  })
  .meta({
    id: 'connection',
    description: 'A connection, or a persistence template, whose client port is 0.',
  });

/** A document of `--list --json` or `--restore --json`. */
export const document = z
  .strictObject({
    ipvs: z
      .strictObject({
        version: optionalToRead(z.string().regex(/^[0-9]+\.[0-9]+\.[0-9]+$/)),
        connectionTableSize: optionalToRead(count).meta({ description: 'Number of buckets.' }),
      })
      .optional()
      .meta({ description: 'Facts about IPVS in the kernel. Ignored by --restore.' }),
    services: z
      .array(z.union([addressService, fwmarkService]))
      .optional()
      .meta({ description: 'Virtual services, sorted as in any listing.' }),
    timeouts: z.strictObject({ tcp: timeout, tcpFin: timeout, udp: timeout }).optional().meta({
      description:
        'Connection timeouts in seconds. With --restore, 0 (the default) leaves a timeout unchanged.',
    }),
    daemons: z.array(daemon).optional().meta({ description: 'Running sync daemons.' }),
  })
  .meta({
    title: 'Output of ipvsadm --list --json',
    description:
      'A document contains the table or a single service, the timeouts, or the sync daemons; with --all, it contains the table, timeouts and daemons. With --connection, each line is an object described by $defs/connection. A document for ipvsadm --restore --json may contain several of these parts, and may omit fields that have a default.',
  });

/** A document as printed, or as read with its defaults filled in. */
export type JsonDocument = z.output<typeof document>;
export type JsonService = NonNullable<JsonDocument['services']>[number];
export type JsonServer = JsonService['servers'][number];
export type JsonTunnel = NonNullable<JsonServer['tunnel']>;
export type JsonCounters = NonNullable<JsonServer['stats']>;
export type JsonDaemon = z.output<typeof daemon>;
export type JsonConnection = z.output<typeof connection>;
