import type { CommandName, DrainOptions, RestoreOptions } from '../command.ts';
import { defaults } from '../defaults.ts';
import {
  formatServicePattern,
  type OwnershipPatterns,
  parseServicePattern,
  type ServicePattern,
} from '../ownership.ts';
import { formatLimit, parseLimit, parseTimeout } from '../values.ts';
import { orIllegal, type WritableRow } from './row.ts';

const restore: readonly CommandName[] = ['restore'];
const removing: readonly CommandName[] = ['restore', 'delete-server'];

/** Options of `--restore`, in the order in which they are written. */
export const restoreRows = [
  {
    name: 'sync',
    group: 'restore',
    allowedWith: restore,
    spellings: [
      {
        long: 'sync',
        help: 'make the table equal to the rules',
        read: (values) => {
          values.restore.sync = true;
        },
        write: ({ sync }) => sync,
      },
    ],
  },
  {
    name: 'check',
    group: 'restore',
    allowedWith: restore,
    conflictsWith: ['dry-run'],
    spellings: [
      {
        long: 'check',
        help: 'only say whether the rules are right',
        read: (values) => {
          values.restore.check = true;
        },
        write: ({ check }) => check,
      },
    ],
  },
  {
    name: 'dry-run',
    group: 'restore',
    allowedWith: restore,
    needs: { restore: 'sync' },
    spellings: [
      {
        long: 'dry-run',
        help: 'with --sync, only print what would be done',
        restoreHelp: 'only print what would be done',
        read: (values) => {
          values.restore.dryRun = true;
        },
        write: ({ dryRun }) => dryRun,
      },
    ],
  },
  {
    name: 'exit-code',
    group: 'restore',
    allowedWith: restore,
    needs: { restore: 'dry-run' },
    spellings: [
      {
        long: 'exit-code',
        help: 'with --dry-run, 3 tells a difference',
        read: (values) => {
          values.restore.exitCode = true;
        },
        write: ({ exitCode }) => exitCode,
      },
    ],
  },
  {
    name: 'wait',
    group: 'restore',
    allowedWith: restore,
    needs: { restore: 'sync' },
    spellings: [
      {
        long: 'wait',
        argument: 'inline',
        label: 'seconds',
        help: 'with --sync, wait for another one to end',
        restoreHelp: 'wait for another rollout to end',
        read: (values, text) => {
          values.restore.wait =
            text === undefined ? Number.POSITIVE_INFINITY : orIllegal(parseTimeout(text, 0), 'wait', text);
        },
        write: ({ wait }) => (wait === Number.POSITIVE_INFINITY ? true : wait),
      },
    ],
  },
  {
    name: 'allow-empty',
    group: 'restore',
    allowedWith: restore,
    needs: { restore: 'sync' },
    spellings: [
      {
        long: 'allow-empty',
        help: 'with --sync, empty input empties the table',
        restoreHelp: 'empty the table if there is no rule for a service',
        read: (values) => {
          values.restore.allowEmpty = true;
        },
        write: ({ allowEmpty }) => allowEmpty,
      },
    ],
  },
  {
    name: 'keep-weights',
    group: 'restore',
    allowedWith: restore,
    needs: { restore: 'sync' },
    spellings: [
      {
        long: 'keep-weights',
        help: 'with --sync, change no weights of servers',
        restoreHelp: 'servers that are there keep their weights',
        read: (values) => {
          values.restore.keepWeights = true;
        },
        write: ({ keepWeights }) => keepWeights,
      },
    ],
  },
  {
    name: 'max-removals',
    group: 'restore',
    allowedWith: restore,
    needs: { restore: 'sync' },
    spellings: [
      {
        long: 'max-removals',
        argument: 'required',
        label: 'limit',
        help: 'refuse to remove more: a number, or 25%',
        restoreHelp: 'refuse to remove more services or servers: 5, 25%',
        read: (values, text) => {
          values.restore.maxRemovals = orIllegal(parseLimit(text), 'max-removals', text);
        },
        write: ({ maxRemovals }) => maxRemovals && formatLimit(maxRemovals),
      },
    ],
  },
  {
    name: 'min-servers',
    group: 'restore',
    allowedWith: restore,
    needs: { restore: 'sync' },
    spellings: [
      {
        long: 'min-servers',
        argument: 'required',
        label: 'limit',
        help: 'refuse to leave a service fewer servers',
        restoreHelp: 'refuse to leave a service with fewer servers: 2, 50%',
        read: (values, text) => {
          values.restore.minServers = orIllegal(parseLimit(text), 'min-servers', text);
        },
        write: ({ minServers }) => minServers && formatLimit(minServers),
      },
    ],
  },
] as const satisfies readonly WritableRow<RestoreOptions>[];

const ownershipCommands: readonly CommandName[] = ['restore', 'save'];

/** Options that say which services are ours. */
export const ownershipRows = [
  {
    name: 'only',
    group: 'restore',
    allowedWith: ownershipCommands,
    needs: { restore: 'sync' },
    repeatable: true,
    spellings: [
      {
        long: 'only',
        argument: 'required',
        label: 'pattern',
        help: 'leave other services alone; also with -S',
        restoreHelp: 'leave other services alone; repeatable',
        read: ({ ownership }, text) => {
          ownership.only = [...(ownership.only ?? []), readPattern(text)];
        },
        write: ({ only }) => only?.map(formatServicePattern),
      },
    ],
  },
  {
    name: 'except',
    group: 'restore',
    allowedWith: ownershipCommands,
    needs: { restore: 'sync' },
    repeatable: true,
    spellings: [
      {
        long: 'except',
        argument: 'required',
        label: 'pattern',
        help: 'leave such services alone; also with -S',
        restoreHelp: 'leave services that match alone; repeatable',
        read: ({ ownership }, text) => {
          ownership.except = [...(ownership.except ?? []), readPattern(text)];
        },
        write: ({ except }) => except?.map(formatServicePattern),
      },
    ],
  },
] as const satisfies readonly WritableRow<OwnershipPatterns>[];

function readPattern(text: string): ServicePattern {
  return orIllegal(parseServicePattern(text), 'service-pattern', text);
}

/** Options that say how servers are taken out of service, of all commands that remove some. */
export const drainRows = [
  {
    name: 'drain',
    group: 'restore',
    allowedWith: removing,
    needs: { restore: 'sync' },
    spellings: [
      {
        long: 'drain',
        argument: 'inline',
        label: 'seconds',
        help: `let connections end first (${defaults.drain}); also with -d`,
        restoreHelp: `let connections of removed servers end first (${defaults.drain})`,
        read: (values, text) => {
          values.drain =
            text === undefined ? defaults.drain : orIllegal(parseTimeout(text, 0), 'drain', text);
        },
        write: ({ drain }) => drain?.seconds,
      },
    ],
  },
  {
    name: 'keep',
    group: 'restore',
    allowedWith: removing,
    needs: { restore: 'drain', 'delete-server': 'drain' },
    spellings: [
      {
        long: 'keep',
        help: 'with --drain, do not remove what did not end',
        read: (values) => {
          values.keep = true;
        },
        write: ({ drain }) => drain?.keep,
      },
    ],
  },
] as const satisfies readonly WritableRow<{ readonly drain?: DrainOptions }>[];
