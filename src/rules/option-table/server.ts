import { type DestinationSettings, type Forwarding, TunnelFlag } from '../../ipvs/model.ts';
import type { CommandName } from '../command.ts';
import { limits } from '../limits.ts';
import { parseEndpoint } from '../values.ts';
import { type OptionRow, orIllegal, readNumber, readWord, type WritableRow } from './row.ts';

const servers: readonly CommandName[] = ['add-server', 'edit-server'];
const ofServer = { group: 'server', allowedWith: servers } as const;

/** The option that identifies a real server. */
export const serverIdRows = [
  {
    long: 'real-server',
    short: 'r',
    group: 'server',
    requiredBy: [...servers, 'delete-server'],
    argument: 'required',
    label: 'host[:port]',
    help: 'the real server',
    read: (values, text, { service, names }) => {
      const protocol = service?.kind === 'fwmark' ? 'tcp' : service?.protocol;
      values.server = orIllegal(
        parseEndpoint(text, protocol, names),
        text,
        'illegal real server address[:port] specified',
      );
    },
  },
] as const satisfies readonly OptionRow[];

/** The option of each forwarding method; the closest one for methods that only other programs set. */
const methodOptions: Readonly<Record<Forwarding, 'gatewaying' | 'ipip' | 'masquerading'>> = {
  masquerade: 'masquerading',
  tunnel: 'ipip',
  route: 'gatewaying',
  local: 'gatewaying',
  bypass: 'gatewaying',
};

/** Whether only other programs can set a forwarding method; ipvsadm has no option for it and writes another method instead. */
export function isForeignMethod(forwarding: Forwarding): boolean {
  return forwarding === 'local' || forwarding === 'bypass';
}

/** Whether a tunnel has a type with checksums, and `flags` is its checksum flag (0: none). */
function hasChecksum({ forwarding, tunnel }: DestinationSettings, flags: number): boolean {
  const checksumFlags =
    tunnel.flags & TunnelFlag.remoteChecksum ? TunnelFlag.remoteChecksum : tunnel.flags & TunnelFlag.checksum;
  return forwarding === 'tunnel' && tunnel.type !== 'ipip' && checksumFlags === flags;
}

/**
 * Settings of a real server for which `ipvsadm -a` is given no option: direct routing, weight 1, no thresholds. Found by trying
 * ipvsadm 1.31.
 *
 * @example
 * const settings: DestinationSettings = { ...defaultDestinationSettings, forwarding: 'masquerade' };
 */
export const defaultDestinationSettings: DestinationSettings = {
  forwarding: 'route',
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
  tunnel: { type: 'ipip', port: 0, flags: 0 },
};

/** Options for the settings of a real server, in output order. */
export const serverSettingRows = [
  {
    name: 'forwarding-method',
    ...ofServer,
    spellings: [
      {
        long: 'gatewaying',
        short: 'g',
        help: 'forward by direct routing (the default)',
        read: (values) => {
          values.settings.forwarding = 'route';
        },
        write: ({ forwarding }) => methodOptions[forwarding] === 'gatewaying',
      },
      {
        long: 'ipip',
        short: 'i',
        help: 'forward through a tunnel',
        read: (values) => {
          values.settings.forwarding = 'tunnel';
        },
        write: ({ forwarding }) => methodOptions[forwarding] === 'ipip',
      },
      {
        long: 'masquerading',
        short: 'm',
        help: 'forward by network address translation',
        read: (values) => {
          values.settings.forwarding = 'masquerade';
        },
        write: ({ forwarding }) => methodOptions[forwarding] === 'masquerading',
      },
    ],
  },
  {
    long: 'weight',
    short: 'w',
    ...ofServer,
    argument: 'required',
    label: 'number',
    help: `capacity (${defaultDestinationSettings.weight}); 0: no new connections`,
    read: (values, text) => {
      values.settings.weight = readNumber(text, 0, limits.count, 'illegal weight specified');
    },
    write: ({ weight }) => weight,
  },
  {
    long: 'u-threshold',
    short: 'x',
    ...ofServer,
    argument: 'required',
    label: 'number',
    help: 'no new connections at or above this number',
    read: (values, text) => {
      values.settings.upperThreshold = readNumber(text, 0, limits.count, 'illegal u_threshold specified');
    },
    write: ({ upperThreshold }) => upperThreshold || undefined,
  },
  {
    long: 'l-threshold',
    short: 'y',
    ...ofServer,
    argument: 'required',
    label: 'number',
    help: 'new connections again below this number',
    read: (values, text) => {
      values.settings.lowerThreshold = readNumber(text, 0, limits.count, 'illegal l_threshold specified');
    },
    write: ({ lowerThreshold }) => lowerThreshold || undefined,
  },
  {
    long: 'tun-type',
    ...ofServer,
    argument: 'required',
    label: 'ipip|gue|gre',
    help: 'tunnel type (ipip)',
    read: (values, text) => {
      values.tunnel.type = readWord(text, ['ipip', 'gue', 'gre'], 'illegal tunnel type specified');
    },
    write: ({ forwarding, tunnel }) => forwarding === 'tunnel' && tunnel.type,
  },
  {
    long: 'tun-port',
    ...ofServer,
    argument: 'required',
    label: 'port',
    help: 'UDP port of a gue tunnel',
    read: (values, text) => {
      values.tunnel.port = readNumber(text, 1, limits.port, 'illegal tunnel port specified');
    },
    write: ({ forwarding, tunnel }) => forwarding === 'tunnel' && tunnel.type === 'gue' && tunnel.port,
  },
  {
    long: 'tun-nocsum',
    ...ofServer,
    help: 'send no checksum (gue, gre; the default)',
    write: (settings) => hasChecksum(settings, 0),
  },
  {
    long: 'tun-csum',
    ...ofServer,
    help: 'send a checksum (gue, gre)',
    write: (settings) => hasChecksum(settings, TunnelFlag.checksum),
  },
  {
    long: 'tun-remcsum',
    ...ofServer,
    help: 'use remote checksum offload (gue)',
    write: (settings) => hasChecksum(settings, TunnelFlag.remoteChecksum),
  },
] as const satisfies readonly WritableRow<DestinationSettings>[];
