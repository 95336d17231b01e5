import { type DestinationSettings, type Forwarding, TunnelFlag } from '../../ipvs/model.ts';
import type { CommandName } from '../command.ts';
import { limits } from '../limits.ts';
import { parseEndpoint, parseNumber } from '../values.ts';
import { type OptionRow, orIllegal, type WritableRow } from './row.ts';

const servers: readonly CommandName[] = ['add-server', 'edit-server'];

/** The option that says which real server is meant. */
export const serverIdRows = [
  {
    name: 'real-server',
    group: 'server',
    demandedBy: [...servers, 'delete-server'],
    spellings: [
      {
        long: 'real-server',
        short: 'r',
        argument: 'required',
        label: 'host[:port]',
        help: 'the real server',
        read: (values, text, { service, names }) => {
          const protocol = service?.kind === 'fwmark' ? 'tcp' : service?.protocol;
          values.server = orIllegal(parseEndpoint(text, protocol, names), 'real-address', text);
        },
      },
    ],
  },
] as const satisfies readonly OptionRow[];

/** The option of each forwarding method; that which comes nearest for those that only other programs set. */
const methodOptions: Readonly<Record<Forwarding, 'gatewaying' | 'ipip' | 'masquerading'>> = {
  masquerade: 'masquerading',
  tunnel: 'ipip',
  route: 'gatewaying',
  local: 'gatewaying',
  bypass: 'gatewaying',
};

/** Whether no option sets a forwarding method, but other programs do: what is written for it is another one. */
export function isForeignMethod(forwarding: Forwarding): boolean {
  return forwarding === 'local' || forwarding === 'bypass';
}

/** A tunnel whose type has a checksum, with these flags and no others of the two. */
function hasChecksum({ forwarding, tunnel }: DestinationSettings, flags: number): boolean {
  const checksumFlags =
    tunnel.flags & TunnelFlag.remoteChecksum ? TunnelFlag.remoteChecksum : tunnel.flags & TunnelFlag.checksum;
  return forwarding === 'tunnel' && tunnel.type !== 'ipip' && checksumFlags === flags;
}

/** Options that say how a real server shall be used, in the order in which they are written. */
export const serverSettingRows = [
  {
    name: 'forwarding-method',
    group: 'server',
    allowedWith: servers,
    spellings: [
      {
        long: 'gatewaying',
        short: 'g',
        help: 'forward by direct routing (the default)',
        read: (values) => {
          values.forwarding = 'route';
        },
        write: ({ forwarding }) => methodOptions[forwarding] === 'gatewaying',
      },
      {
        long: 'ipip',
        short: 'i',
        help: 'forward through a tunnel',
        read: (values) => {
          values.forwarding = 'tunnel';
        },
        write: ({ forwarding }) => methodOptions[forwarding] === 'ipip',
      },
      {
        long: 'masquerading',
        short: 'm',
        help: 'forward by network address translation',
        read: (values) => {
          values.forwarding = 'masquerade';
        },
        write: ({ forwarding }) => methodOptions[forwarding] === 'masquerading',
      },
    ],
  },
  {
    name: 'weight',
    group: 'server',
    allowedWith: servers,
    spellings: [
      {
        long: 'weight',
        short: 'w',
        argument: 'required',
        label: 'number',
        help: 'capacity (1); 0 takes no new ones',
        read: (values, text) => {
          values.weight = orIllegal(parseNumber(text, 0, limits.count), 'weight', text);
        },
        write: ({ weight }) => weight,
      },
    ],
  },
  {
    name: 'u-threshold',
    group: 'server',
    allowedWith: servers,
    spellings: [
      {
        long: 'u-threshold',
        short: 'x',
        argument: 'required',
        label: 'number',
        help: 'no new connections at this many',
        read: (values, text) => {
          values.upperThreshold = orIllegal(parseNumber(text, 0, limits.count), 'upper-threshold', text);
        },
        write: ({ upperThreshold }) => upperThreshold || undefined,
      },
    ],
  },
  {
    name: 'l-threshold',
    group: 'server',
    allowedWith: servers,
    spellings: [
      {
        long: 'l-threshold',
        short: 'y',
        argument: 'required',
        label: 'number',
        help: 'new ones again below this many',
        read: (values, text) => {
          values.lowerThreshold = orIllegal(parseNumber(text, 0, limits.count), 'lower-threshold', text);
        },
        write: ({ lowerThreshold }) => lowerThreshold || undefined,
      },
    ],
  },
  {
    name: 'tun-type',
    group: 'server',
    allowedWith: servers,
    spellings: [
      {
        long: 'tun-type',
        argument: 'required',
        label: 'ipip|gue|gre',
        help: 'kind of tunnel (ipip)',
        read: (values, text) => {
          const type = (['ipip', 'gue', 'gre'] as const).find((known) => known === text);
          values.tunnel.type = orIllegal(type, 'tunnel-type', text);
        },
        write: ({ forwarding, tunnel }) => forwarding === 'tunnel' && tunnel.type,
      },
    ],
  },
  {
    name: 'tun-port',
    group: 'server',
    allowedWith: servers,
    spellings: [
      {
        long: 'tun-port',
        argument: 'required',
        label: 'port',
        help: 'UDP port of a gue tunnel',
        read: (values, text) => {
          values.tunnel.port = orIllegal(parseNumber(text, 1, limits.port), 'tunnel-port', text);
        },
        write: ({ forwarding, tunnel }) => forwarding === 'tunnel' && tunnel.type === 'gue' && tunnel.port,
      },
    ],
  },
  {
    name: 'tun-nocsum',
    group: 'server',
    allowedWith: servers,
    spellings: [
      {
        long: 'tun-nocsum',
        help: 'without checksum (gue and gre; the default)',
        write: (settings) => hasChecksum(settings, 0),
      },
    ],
  },
  {
    name: 'tun-csum',
    group: 'server',
    allowedWith: servers,
    spellings: [
      {
        long: 'tun-csum',
        help: 'with checksum (gue and gre)',
        write: (settings) => hasChecksum(settings, TunnelFlag.checksum),
      },
    ],
  },
  {
    name: 'tun-remcsum',
    group: 'server',
    allowedWith: servers,
    spellings: [
      {
        long: 'tun-remcsum',
        help: 'with remote checksum (gue)',
        write: (settings) => hasChecksum(settings, TunnelFlag.remoteChecksum),
      },
    ],
  },
] as const satisfies readonly WritableRow<DestinationSettings>[];
