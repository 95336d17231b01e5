import type { CommandName, DrainOptions, RestoreOptions } from '../command.ts';
import { defaults } from '../defaults.ts';
import type { Limit } from '../guards.ts';
import { limits } from '../limits.ts';
import {
  formatServicePattern,
  type OwnershipPatterns,
  parseServicePattern,
  patternForms,
  type ServicePattern,
} from '../ownership.ts';
import { formatLimit, parseLimit, parseTimeout } from '../values.ts';
import { orIllegal, type WritableRow } from './row.ts';

const restore: readonly CommandName[] = ['restore'];
const ofRestore = { group: 'restore', allowedWith: restore } as const;
const removing: readonly CommandName[] = ['restore', 'delete-server'];

/** Options of `--restore`, in output order. */
export const restoreRows = [
  {
    long: 'sync',
    ...ofRestore,
    help: 'make the table equal to the rules',
    write: ({ sync }) => sync,
  },
  {
    long: 'check',
    ...ofRestore,
    conflictsWith: ['dry-run'],
    help: 'only say whether the rules are right',
    write: ({ check }) => check,
  },
  {
    long: 'dry-run',
    ...ofRestore,
    needs: { restore: 'sync' },
    help: 'with --sync, only print what would be done',
    restoreHelp: 'only print what would be done',
    write: ({ dryRun }) => dryRun,
  },
  {
    long: 'exit-code',
    ...ofRestore,
    needs: { restore: 'dry-run' },
    help: 'with --dry-run, 3 tells a difference',
    write: ({ exitCode }) => exitCode,
  },
  {
    long: 'wait',
    ...ofRestore,
    needs: { restore: 'sync' },
    argument: 'inline',
    label: 'seconds',
    help: 'with --sync, wait for another one to end',
    restoreHelp: 'wait for another rollout to end',
    read: (values, text) => {
      values.restore.wait = text === undefined ? Number.POSITIVE_INFINITY : readSeconds(text, '--wait');
    },
    write: ({ wait }) => (wait === Number.POSITIVE_INFINITY ? true : wait),
  },
  {
    long: 'allow-empty',
    ...ofRestore,
    needs: { restore: 'sync' },
    help: 'with --sync, empty input empties the table',
    restoreHelp: 'empty the table if there is no rule for a service',
    write: ({ allowEmpty }) => allowEmpty,
  },
  {
    long: 'keep-weights',
    ...ofRestore,
    needs: { restore: 'sync' },
    help: 'with --sync, change no weights of servers',
    restoreHelp: 'servers that are there keep their weights',
    write: ({ keepWeights }) => keepWeights,
  },
  {
    long: 'max-removals',
    ...ofRestore,
    needs: { restore: 'sync' },
    argument: 'required',
    label: 'limit',
    help: 'refuse to remove more: a number, or 25%',
    restoreHelp: 'refuse to remove more services or servers: 5, 25%',
    read: (values, text) => {
      values.restore.maxRemovals = readLimit(text, '--max-removals');
    },
    write: ({ maxRemovals }) => maxRemovals && formatLimit(maxRemovals),
  },
  {
    long: 'min-servers',
    ...ofRestore,
    needs: { restore: 'sync' },
    argument: 'required',
    label: 'limit',
    help: 'refuse to leave a service fewer servers',
    restoreHelp: 'refuse to leave a service with fewer servers: 2, 50%',
    read: (values, text) => {
      values.restore.minServers = readLimit(text, '--min-servers');
    },
    write: ({ minServers }) => minServers && formatLimit(minServers),
  },
] as const satisfies readonly WritableRow<RestoreOptions>[];

function readSeconds(text: string, option: string): number {
  return orIllegal(
    parseTimeout(text, 0),
    text,
    (value) => `illegal number of seconds \`${value}' for ${option}: 0 to ${limits.timeout}`,
  );
}

function readLimit(text: string, option: string): Limit {
  return orIllegal(
    parseLimit(text),
    text,
    (value) => `illegal limit \`${value}' for ${option}: a number or a percentage`,
  );
}

const ownershipCommands: readonly CommandName[] = ['restore', 'save'];

/** Options that define which services are ours. */
export const ownershipRows = [
  {
    long: 'only',
    group: 'restore',
    allowedWith: ownershipCommands,
    needs: { restore: 'sync' },
    repeatable: true,
    argument: 'required',
    label: 'pattern',
    help: 'leave other services alone; also with -S',
    restoreHelp: 'leave other services alone; repeatable',
    read: ({ ownership }, text) => {
      ownership.only = [...(ownership.only ?? []), readPattern(text)];
    },
    write: ({ only }) => only?.map(formatServicePattern),
  },
  {
    long: 'except',
    group: 'restore',
    allowedWith: ownershipCommands,
    needs: { restore: 'sync' },
    repeatable: true,
    argument: 'required',
    label: 'pattern',
    help: 'leave such services alone; also with -S',
    restoreHelp: 'leave services that match alone; repeatable',
    read: ({ ownership }, text) => {
      ownership.except = [...(ownership.except ?? []), readPattern(text)];
    },
    write: ({ except }) => except?.map(formatServicePattern),
  },
] as const satisfies readonly WritableRow<OwnershipPatterns>[];

function readPattern(text: string): ServicePattern {
  return orIllegal(
    parseServicePattern(text),
    text,
    (value) => `illegal pattern \`${value}': ${patternForms}`,
  );
}

/** Options for draining servers, shared by all commands that remove servers. */
export const drainRows = [
  {
    long: 'drain',
    group: 'restore',
    allowedWith: removing,
    needs: { restore: 'sync' },
    argument: 'inline',
    label: 'seconds',
    help: `let connections end first (${defaults.drain}); also with -d`,
    restoreHelp: `let connections of removed servers end first (${defaults.drain})`,
    read: (values, text = String(defaults.drain)) => {
      values.drain = readSeconds(text, '--drain');
    },
    write: ({ drain }) => drain?.seconds,
  },
  {
    long: 'keep',
    group: 'restore',
    allowedWith: removing,
    needs: { restore: 'drain', 'delete-server': 'drain' },
    help: 'with --drain, do not remove what did not end',
    write: ({ drain }) => drain?.keep,
  },
] as const satisfies readonly WritableRow<{ readonly drain?: DrainOptions }>[];
