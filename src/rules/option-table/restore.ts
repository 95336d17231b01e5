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
    help: 'only check whether the rules are valid',
    write: ({ check }) => check,
  },
  {
    long: 'dry-run',
    ...ofRestore,
    needs: { restore: 'sync' },
    help: 'with --sync, only print the commands to run',
    restoreHelp: 'only print the commands that would be run',
    write: ({ dryRun }) => dryRun,
  },
  {
    long: 'exit-code',
    ...ofRestore,
    needs: { restore: 'dry-run' },
    help: 'with --dry-run, exit 3 if there are changes',
    write: ({ exitCode }) => exitCode,
  },
  {
    long: 'wait',
    ...ofRestore,
    needs: { restore: 'sync' },
    argument: 'inline',
    label: 'seconds',
    help: 'with --sync, wait for another rollout to end',
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
    help: 'with --sync, accept rules without services',
    restoreHelp: 'accept rules without services, which empty the table',
    write: ({ allowEmpty }) => allowEmpty,
  },
  {
    long: 'keep-weights',
    ...ofRestore,
    needs: { restore: 'sync' },
    help: 'with --sync, keep weights of existing servers',
    restoreHelp: 'leave the weights of existing servers unchanged',
    write: ({ keepWeights }) => keepWeights,
  },
  {
    long: 'max-removals',
    ...ofRestore,
    needs: { restore: 'sync' },
    argument: 'required',
    label: 'limit',
    help: 'refuse to remove more than, e.g., 5 or 25%',
    restoreHelp: 'refuse to remove more services or servers than, e.g., 5 or 25%',
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
    help: 'refuse to leave a service with fewer servers',
    restoreHelp: 'refuse to leave a service with fewer servers than, e.g., 2 or 50%',
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
    (value) => `illegal number of seconds \`${value}' for ${option}: expected 0 to ${limits.timeout}`,
  );
}

function readLimit(text: string, option: string): Limit {
  return orIllegal(
    parseLimit(text),
    text,
    (value) => `illegal limit \`${value}' for ${option}: expected a number or a percentage`,
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
    help: 'manage only matching services; also with -S',
    restoreHelp: 'manage only services that match; repeatable',
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
    help: 'leave matching services alone; also with -S',
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
    (value) => `illegal pattern \`${value}': expected ${patternForms}`,
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
    help: `drain before removing (${defaults.drain}); also with -d`,
    restoreHelp: `drain servers before removing them, for at most this long (${defaults.drain})`,
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
    help: 'with --drain, keep servers with connections',
    write: ({ drain }) => drain?.keep,
  },
] as const satisfies readonly WritableRow<{ readonly drain?: DrainOptions }>[];
