import * as z from 'zod';
import { Address } from '../ipvs/address.ts';
import { defaults } from '../rules/defaults.ts';
import { limits } from '../rules/limits.ts';
import { defaultServerSettings } from '../rules/option-table/server.ts';
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
  return z.int({ error }).min(min, { error }).max(max, { error });
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
  description: 'Always in numbers.',
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

const counterPhrase = { error: 'a counter: a whole number, or its digits as text' };
const counter = z
  .union(
    [z.int(counterPhrase).min(0, counterPhrase), z.string().regex(/^[0-9]{1,20}$/, counterPhrase)],
    counterPhrase,
  )
  .meta({
    id: 'counter',
    description:
      'A number up to 9007199254740991, and above that, where not every program reads numbers exactly, its digits.',
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
  stats: counters.optional().meta({ description: 'With --stats: totals since start or zeroing.' }),
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
  .meta({ id: 'tunnel', description: 'How packets are wrapped; the checksum is that of the outer header.' });

/** A real server. */
export const server = z
  .strictObject({
    address,
    port: optionalToRead(port).meta({ description: 'By default that of the service.' }),
    hostName,
    portName,
    forwarding: word('masquerade', 'route', 'tunnel', 'local', 'bypass')
      .default(defaultServerSettings.forwarding)
      .meta({ description: 'The kernel makes local and bypass by itself.' }),
    tunnel: tunnel.optional().meta({ description: 'Where forwarding is tunnel.' }),
    weight: wholeNumber(0, limits.count).default(defaultServerSettings.weight),
    upperThreshold: wholeNumber(0, limits.count)
      .default(defaultServerSettings.upperThreshold)
      .meta({ description: '0 is no limit.' }),
    lowerThreshold: wholeNumber(0, limits.count).default(defaultServerSettings.lowerThreshold),
    activeConnections: optionalToRead(counter),
    inactiveConnections: optionalToRead(counter),
    persistentConnections: optionalToRead(counter).meta({ description: 'Persistence templates.' }),
    ...statistics,
  })
  .meta({ id: 'server', description: 'A real server.' });

/** Persistence of a service. */
export const persistence = z.strictObject({
  timeout: wholeNumber(1, limits.timeout).default(defaults.persistence),
  netmask: optionalToRead(
    z.union([z.ipv4({ error: 'a netmask in four decimal parts' }), wholeNumber(1, limits.prefixLength)], {
      error: 'a netmask in four decimal parts, or the length of a prefix',
    }),
  ).meta({ description: 'For IPv4 in four decimal parts, for IPv6 the length of the prefix.' }),
});

const service = {
  scheduler: name.default(defaults.scheduler),
  schedulerFlags: z
    .array(z.enum(schedulerFlagWords(), { error: oneOf(schedulerFlagWords()) }))
    .default([])
    .meta({ description: 'sh and mh have names of their own for the first two.' }),
  persistence: persistence.optional().meta({ description: 'Absent where the service is not persistent.' }),
  persistenceEngine: name.optional().meta({ description: 'Absent where there is none.' }),
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
          'Of services that another program has made, also any other one by its number; only printed, not read.',
      }),
    address,
    port: port.meta({ description: '0 is every port.' }),
    hostName,
    portName,
    ...service,
  })
  .meta({ id: 'addressService', description: 'A service at protocol, address and port.' });

/** A virtual service identified by a firewall mark. */
export const fwmarkService = z
  .strictObject({
    fwmark: wholeNumber(1, limits.fwmark),
    family: word('inet', 'inet6').default('inet'),
    ...service,
  })
  .meta({ id: 'fwmarkService', description: 'A service of the packets that have a firewall mark.' });

const timeout = wholeNumber(0, limits.timeout).default(0);

const daemon = z
  .strictObject({
    role: word('master', 'backup'),
    interface: name.default(defaults.mcastInterface),
    syncId: wholeNumber(0, limits.syncId).default(0),
    maxLength: wholeNumber(1, limits.syncMaxLength)
      .optional()
      .meta({ description: 'Longest message in bytes.' }),
    group: text('the address of a multicast group', (text) => parseMulticastGroup(text) !== undefined)
      .optional()
      .meta(ipFormats),
    port: wholeNumber(1, limits.port).optional(),
    ttl: wholeNumber(1, limits.ttl).optional(),
  })
  .meta({ id: 'daemon', description: 'A sync daemon. Old kernels tell no more than the first three.' });

const endpoint = z.strictObject({ address, port, hostName, portName }).meta({ id: 'endpoint' });

/** A connection, as `--list --connection --json` prints it on a line of its own. */
export const connection = z
  .strictObject({
    protocol: z.string().meta({
      description: 'ip in templates of firewall marks.',
      examples: ['tcp', 'udp', 'sctp', 'ip'],
    }),
    state: z.string().meta({ description: "The kernel's name of it.", examples: ['ESTABLISHED'] }),
    expires: count.meta({ description: 'Seconds until it is forgotten.' }),
    client: endpoint,
    virtual: z
      .union([endpoint, z.strictObject({ fwmark: wholeNumber(0, limits.fwmark) })])
      .meta({ description: 'Where the client sent it; in templates of firewall marks, the mark.' }),
    server: endpoint,
    persistenceEngine: z.string().optional(),
    persistenceData: z
      .string()
      .optional()
      .meta({ description: 'What the engine knows the client by. It came from the network.' }),
  })
  .meta({
    id: 'connection',
    description: 'A connection, or a persistence template: that has no client port.',
  });

/** A document of `--list --json` or `--restore --json`. */
export const document = z
  .strictObject({
    ipvs: z
      .strictObject({
        version: optionalToRead(z.string().regex(/^[0-9]+\.[0-9]+\.[0-9]+$/)),
        connectionTableSize: optionalToRead(count).meta({ description: 'Buckets.' }),
      })
      .optional()
      .meta({ description: 'What the kernel says of its IPVS. --restore passes it over.' }),
    services: z
      .array(z.union([addressService, fwmarkService]))
      .optional()
      .meta({ description: 'Virtual services, sorted as in any listing.' }),
    timeouts: z
      .strictObject({ tcp: timeout, tcpFin: timeout, udp: timeout })
      .optional()
      .meta({ description: 'Timeouts of connections. For --restore 0, the default, leaves one as it is.' }),
    daemons: z.array(daemon).optional().meta({ description: 'Sync daemons that run.' }),
  })
  .meta({
    title: 'What ipvsadm --list --json prints',
    description:
      'A document: the table or one service, the timeouts, or the sync daemons; with --all the table and both. With --connection each line is an object as $defs/connection describes it. For ipvsadm --restore --json a document may have several parts, and what has a default may be left out.',
  });

/** A document as printed, or as read with its defaults filled in. */
export type JsonDocument = z.output<typeof document>;
export type JsonService = NonNullable<JsonDocument['services']>[number];
export type JsonServer = JsonService['servers'][number];
export type JsonTunnel = NonNullable<JsonServer['tunnel']>;
export type JsonCounters = NonNullable<JsonServer['stats']>;
export type JsonDaemon = z.output<typeof daemon>;
export type JsonConnection = z.output<typeof connection>;
