import { familyOf, ServiceFlag, type ServiceId, type ServiceSettings } from '../../ipvs/model.ts';
import type { TransportProtocol } from '../../ipvs/protocol.ts';
import { visible } from '../../platform/visible.ts';
import type { CommandName } from '../command.ts';
import { defaultNetmask, defaults } from '../defaults.ts';
import { RuleError } from '../error.ts';
import { limits } from '../limits.ts';
import { formatNetmask } from '../netmask.ts';
import { schedulerFlagMask, schedulerFlagNames } from '../scheduler-flags.ts';
import { clip, parseInetMask, parsePrefixLength } from '../values.ts';
import {
  type OptionRow,
  type OptionValues,
  orIllegal,
  type ReadContext,
  readTimeout,
  type WritableRow,
} from './row.ts';

const services: readonly CommandName[] = ['add-service', 'edit-service'];
const ofService = { group: 'serviceSettings', allowedWith: services } as const;
const servers: readonly CommandName[] = ['add-server', 'edit-server'];

/** Returns a spelling for services of a protocol; their address has already been read, ahead of the other options. */
function atAddress(protocol: TransportProtocol, long: string) {
  return {
    long,
    protocol,
    argument: 'required',
    label: 'host[:port]',
    help: `${protocol.toUpperCase()} service at this address`,
    read: (values: OptionValues, text: string, { service }: ReadContext) => {
      values.service = orIllegal(service, text, 'illegal virtual server address[:port] specified');
    },
  } as const;
}

/** Options that identify a virtual service. */
export const serviceIdRows = [
  {
    name: 'service-address',
    group: 'service',
    requiredBy: [...services, 'delete-service', ...servers, 'delete-server'],
    allowedWith: ['list', 'zero'],
    conflictsWith: ['connection'],
    spellings: [
      { short: 't', ...atAddress('tcp', 'tcp-service') },
      { short: 'u', ...atAddress('udp', 'udp-service') },
      atAddress('sctp', 'sctp-service'),
      {
        long: 'fwmark-service',
        short: 'f',
        argument: 'required',
        label: 'mark',
        help: 'packets with this firewall mark',
        read: (values, text, { service }) => {
          values.service = orIllegal(service, text, (value) => `invalid fwmark value \`${value}' specified`);
        },
      },
    ],
  },
  {
    long: 'ipv6',
    short: '6',
    group: 'service',
    allowedWith: 'any',
    repeatable: true,
    help: 'the firewall mark is for IPv6',
    read: (_values, _text, { byFwmark }) => {
      if (!byFwmark) throw new RuleError({ code: 'ipv6-without-fwmark' });
    },
  },
] as const satisfies readonly OptionRow[];

/** Size of a name in the kernel's structures, with the terminating NUL. */
export const nameSize = limits.name + 1;

/** The settings of a virtual service, and its identity. */
export interface ServiceSource {
  readonly service: ServiceId;
  readonly settings: ServiceSettings;
}

/** Options for the settings of a virtual service, in output order. */
export const serviceSettingRows = [
  {
    long: 'scheduler',
    short: 's',
    ...ofService,
    argument: 'required',
    label: 'name',
    help: `how servers are chosen (${defaults.scheduler})`,
    read: (values, text) => {
      values.scheduler = clip(text, nameSize);
    },
    write: ({ settings }) => visible(settings.scheduler),
  },
  {
    long: 'persistent',
    short: 'p',
    ...ofService,
    argument: 'optional',
    label: 'seconds',
    help: `keep a client on its server this long (${defaults.persistence})`,
    read: (values, text = String(defaults.persistence)) => {
      values.persistence = readTimeout(text, 1);
    },
    write: ({ settings: { flags, timeout } }) => (flags & ServiceFlag.persistent ? timeout : undefined),
  },
  {
    long: 'netmask',
    short: 'M',
    ...ofService,
    argument: 'required',
    label: 'mask',
    help: 'persistence: one network counts as one client',
    read: (values, text, { service, names }) => {
      values.netmask =
        service && familyOf(service) === 'inet6'
          ? orIllegal(parsePrefixLength(text), text, 'illegal ipv6 netmask specified')
          : orIllegal(parseInetMask(text, names), text, 'illegal virtual server persistent mask specified');
    },
    write: ({ service, settings: { netmask } }) => {
      const family = familyOf(service);
      return netmask === defaultNetmask(family) ? undefined : formatNetmask(netmask, family);
    },
  },
  {
    long: 'pe',
    ...ofService,
    argument: 'required',
    label: 'engine',
    help: 'persistence engine, such as sip',
    read: (values, text) => {
      values.persistenceEngine = clip(text, nameSize);
    },
    write: ({ settings: { persistenceEngine } }) => persistenceEngine && visible(persistenceEngine),
  },
  {
    long: 'ops',
    short: 'o',
    ...ofService,
    help: 'schedule each UDP packet on its own',
    write: ({ settings }) => (settings.flags & ServiceFlag.onePacket) !== 0,
  },
  {
    long: 'sched-flags',
    short: 'b',
    ...ofService,
    argument: 'required',
    label: 'flag[,flag]...',
    help: 'scheduler flags',
    read: (values, text) => {
      values.schedulerFlags = text;
    },
    write: ({ settings: { scheduler, flags } }) =>
      flags & schedulerFlagMask ? schedulerFlagNames(scheduler, flags).join(',') : undefined,
  },
] as const satisfies readonly WritableRow<ServiceSource>[];
