import { findLong } from '../../../src/rules/option-table/table.ts';
import { schedulerFlagWords } from '../../../src/rules/scheduler-flags.ts';
import type { Random } from './random.ts';

/** The service of a command line, which the other arguments have to match. */
export interface Target {
  readonly option: 'tcp-service' | 'udp-service' | 'sctp-service' | 'fwmark-service';
  readonly family: 'inet' | 'inet6';
  readonly text: string;
}

/** Only a few addresses, so that commands often refer to what earlier commands have created. */
const virtualHosts = {
  inet: ['10.0.0.1', '10.0.0.2', '192.0.2.255'],
  inet6: ['2001:db8::1', 'fe80::2'],
} as const;
const realHosts = {
  inet: ['10.1.0.1', '10.1.0.2', '127.0.0.1', '192.168.1.1'],
  inet6: ['2001:db8:1::1', '2001:db8:1::2', '::1'],
} as const;
const ports = {
  'tcp-service': ['80', '443', 'http', '8080'],
  'udp-service': ['53', 'domain', '5060'],
  'sctp-service': ['2905', '80'],
} as const;

/** Picks one of the few services. */
export function randomTarget(random: Random): Target {
  const option = random.weighted([
    [5, 'tcp-service'],
    [3, 'udp-service'],
    [1, 'sctp-service'],
    [2, 'fwmark-service'],
  ] as const);
  const family = random.chance(0.3) ? 'inet6' : 'inet';
  const text =
    option === 'fwmark-service'
      ? random.pick(['1', '7', '2147483647', '4294967295'])
      : endpoint(random.pick(virtualHosts[family]), random.chance(0.9) && random.pick(ports[option]));
  return { option, family, text };
}

/** Picks a real server for a service. */
function realServer(random: Random, { option, family }: Target): string {
  const other = family === 'inet' ? 'inet6' : 'inet';
  const host = random.pick(realHosts[random.chance(0.1) ? other : family]);
  const known = option === 'fwmark-service' ? ['80', '8080'] : ports[option];
  return endpoint(host, random.chance(0.5) && random.pick(known));
}

function endpoint(host: string, port: string | false): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === false ? name : `${name}:${port}`;
}

const masks = {
  inet: ['255.255.255.255', '255.255.255.0', '255.0.0.0', '0.0.0.0', '255.255.0.255'],
  inet6: ['128', '64', '1'],
} as const;

type Source = (random: Random, target: Target) => string;
const oneOf =
  (...texts: readonly string[]): Source =>
  (random) =>
    random.pick(texts);

/** Generators of arguments, by the long name of the option or command. */
const sources: Readonly<Record<string, Source>> = {
  'tcp-service': (random) => randomEndpoint(random, 'tcp-service'),
  'udp-service': (random) => randomEndpoint(random, 'udp-service'),
  'sctp-service': (random) => randomEndpoint(random, 'sctp-service'),
  'fwmark-service': oneOf('1', '7', '2147483648'),
  scheduler: oneOf('rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'mh', 'sed', 'nq', 'fo', 'ovf'),
  persistent: oneOf('1', '300', '360', '86400', '2678400'),
  netmask: (random, { family }) => random.pick(masks[family]),
  pe: oneOf('sip'),
  'sched-flags': (random) => {
    const flags = random.shuffled(schedulerFlagWords()).slice(0, 1 + random.below(3));
    return flags.join(',');
  },
  'real-server': realServer,
  weight: oneOf('0', '1', '2', '10', '100', '65535', '2147483647'),
  'u-threshold': oneOf('0', '1', '100', '2147483647'),
  'l-threshold': oneOf('0', '1', '50', '2147483647'),
  'tun-type': oneOf('ipip', 'gue', 'gre'),
  'tun-port': oneOf('1', '6080', '65535'),
  'start-daemon': oneOf('master', 'backup'),
  'stop-daemon': oneOf('master', 'backup'),
  'mcast-interface': oneOf('lo'),
  syncid: oneOf('0', '1', '255'),
  'sync-maxlen': oneOf('1', '100', '1472', '65507'),
  'mcast-group': oneOf('224.0.0.81', '239.1.2.3', 'ff02::81', 'ff0e::1'),
  'mcast-port': oneOf('1', '8848', '65535'),
  'mcast-ttl': oneOf('1', '255'),
};
for (const long of Object.keys(sources))
  if (!findLong(long)) throw new TypeError(`there is no option --${long}`);

function randomEndpoint(random: Random, option: keyof typeof ports): string {
  const hosts = random.chance(0.3) ? virtualHosts.inet6 : virtualHosts.inet;
  return endpoint(random.pick(hosts), random.pick(ports[option]));
}

/** Generates a valid argument of an option; for an option without an entry in {@link sources}, an arbitrary word. */
export function goodArgument(long: string, target: Target, random: Random): string {
  return (sources[long] ?? badArgument)(random, target);
}

/** Words that hardly any option accepts, or that some treat specially. */
const oddWords: readonly string[] = [
  '',
  ' ',
  '-',
  '--',
  '-1',
  '+1',
  '0',
  '00',
  '010',
  '0x10',
  ' 1',
  '1 ',
  '1x',
  '1.5',
  '1e3',
  '-0',
  '255',
  '256',
  '65535',
  '65536',
  '2147483647',
  '2147483648',
  '4294967295',
  '4294967296',
  '18446744073709551615',
  '18446744073709551616',
  '99999999999999999999999999999',
  'x',
  'é',
  'éééééééééé',
  'x'.repeat(15),
  'x'.repeat(16),
  'x'.repeat(300),
  'RR',
  'rr,wrr',
  ',',
  'sh-port,,flag-1',
  'sh-port,nonsense',
  ':',
  ':80',
  '80',
  '10.0.0.1',
  '10.0.0.1:',
  '10.0.0.1:0',
  '10.0.0.1:80:80',
  '10.0.0.1:65536',
  '10.0.0.1:-1',
  '10.0.0.1: 80',
  '10.0.0.1:http',
  '10.0.0.1:nonsense',
  '10.1',
  '10.0.0.256',
  '0x0a000001:80',
  '012.0.0.1:80',
  '0.0.0.0:80',
  '255.255.255.255:80',
  '224.0.0.1:80',
  'localhost:80',
  'localhost',
  'nowhere.invalid:80',
  '::1',
  '::',
  '[::]:80',
  '[::1]',
  '[::1]:',
  '[::1]:http',
  '[::1:80',
  '[10.0.0.1]:80',
  '[fe80::1%lo]:80',
  '::ffff:10.0.0.1',
  '[::ffff:10.0.0.1]:80',
  '[ff02::1]:80',
  'ff02::1',
  '224.0.0.1',
  'master',
  'eth0',
  '$HOME',
  "it's",
  '%s%n',
  'a\tb',
  'a\nb',
];

/** Picks a word that is likely to be refused. */
export function badArgument(random: Random): string {
  return random.pick(oddWords);
}
