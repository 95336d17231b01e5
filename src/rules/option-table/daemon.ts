import type { SyncDaemon } from '../../ipvs/model.ts';
import { visible } from '../../platform/visible.ts';
import type { CommandName } from '../command.ts';
import { defaults } from '../defaults.ts';
import { limits } from '../limits.ts';
import { clip, parseMulticastGroup } from '../values.ts';
import { orIllegal, readNumber, type WritableRow } from './row.ts';
import { nameSize } from './service.ts';

const start: readonly CommandName[] = ['start-daemon'];
const ofDaemon = { group: 'daemon', allowedWith: start } as const;

/** Options of sync daemons, in output order. */
export const daemonRows = [
  {
    long: 'mcast-interface',
    ...ofDaemon,
    argument: 'required',
    label: 'interface',
    help: `interface for sync messages (${defaults.mcastInterface})`,
    read: (values, text) => {
      values.daemon.interface = clip(text, nameSize);
    },
    write: (daemon) => visible(daemon.interface),
  },
  {
    long: 'syncid',
    group: 'daemon',
    // Accepted without effect by `list` and `stop-daemon`, as by ipvsadm 1.31.
    allowedWith: ['list', 'start-daemon', 'stop-daemon'],
    argument: 'required',
    label: 'number',
    help: 'ID of the sync group, 0 to 255 (0)',
    read: (values, text) => {
      values.daemon.syncId = readNumber(text, 0, limits.syncId, 'illegal syncid specified');
    },
    write: ({ syncId }) => syncId,
  },
  {
    long: 'sync-maxlen',
    ...ofDaemon,
    argument: 'required',
    label: 'bytes',
    help: 'maximum message length (1472)',
    read: (values, text) => {
      values.daemon.maxLength = readNumber(text, 1, limits.syncMaxLength, 'illegal sync-maxlen specified');
    },
    write: ({ maxLength }) => maxLength,
  },
  {
    long: 'mcast-group',
    ...ofDaemon,
    argument: 'required',
    label: 'address',
    help: 'multicast group (224.0.0.81)',
    read: (values, text) => {
      const family = text.includes(':') ? 'IPv6' : 'IPv4';
      values.daemon.group = orIllegal(
        parseMulticastGroup(text),
        text,
        (value) => `invalid ${family} mcast-group \`${value}'`,
      );
    },
    write: ({ group }) => group,
  },
  {
    long: 'mcast-port',
    ...ofDaemon,
    argument: 'required',
    label: 'port',
    help: 'UDP port (8848)',
    read: (values, text) => {
      values.daemon.port = readNumber(text, 1, limits.port, 'illegal mcast-port specified');
    },
    write: ({ port }) => port,
  },
  {
    long: 'mcast-ttl',
    ...ofDaemon,
    argument: 'required',
    label: 'number',
    help: 'time to live (1)',
    read: (values, text) => {
      values.daemon.ttl = readNumber(text, 1, limits.ttl, 'illegal mcast-ttl specified');
    },
    write: ({ ttl }) => ttl,
  },
] as const satisfies readonly WritableRow<SyncDaemon>[];
