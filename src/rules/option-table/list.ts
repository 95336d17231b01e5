import type { CommandName, ListContent, ListOptions } from '../command.ts';
import { defaults } from '../defaults.ts';
import { limits, shortestInterval } from '../limits.ts';
import { parseInterval } from '../values.ts';
import { type OptionRow, orIllegal, readNumber, readWord, type WritableRow, type Written } from './row.ts';

const list: readonly CommandName[] = ['list'];
const ofList = { group: 'list', allowedWith: list } as const;

/** Returns a row that selects one content of a listing. */
function contentRow<Long extends Exclude<ListContent, 'table'>>(long: Long, help: string) {
  return { long, ...ofList, help, write: ({ content }: ListOptions): Written => content === long };
}

const numericRow = {
  long: 'numeric',
  short: 'n',
  group: 'list',
  allowedWith: ['list', 'save'],
  help: 'print addresses and ports as numbers',
  write: ({ numeric }) => numeric,
} as const satisfies WritableRow<{ readonly numeric: boolean }>;

/** The JSON option, which `--restore` has too. */
export const jsonRow = {
  long: 'json',
  group: 'list',
  allowedWith: ['list', 'restore'],
  conflictsWith: ['table', 'watch', 'prometheus', 'top'],
  help: 'print JSON; with --restore, read JSON',
  restoreHelp: 'read JSON, as printed by ipvsadm -L --json',
  write: ({ json }) => json,
} as const satisfies WritableRow<{ readonly json?: boolean }>;

const allRow = {
  long: 'all',
  group: 'list',
  allowedWith: ['list', 'save'],
  conflictsWith: ['connection', 'timeout', 'daemon', 'service-address'],
  needs: { list: 'json' },
  help: 'with --json or -S, add timeouts and daemons',
  write: ({ all }) => all,
} as const satisfies WritableRow<{ readonly all?: true }>;

/** Options that `--list` and `--save` share, in output order. */
export const saveRows = [numericRow, allRow] as const;

/** Scopes to which metrics can be reduced. */
const metricsScopes = ['services', 'summary'] as const;

/** Options of `--list`, in output order. */
export const listRows = [
  numericRow,
  {
    ...contentRow('connection', 'print the connections'),
    short: 'c',
  },
  {
    ...contentRow('timeout', 'print the connection timeouts'),
    conflictsWith: ['connection', 'service-address'],
  },
  {
    ...contentRow('daemon', 'print the sync daemons'),
    conflictsWith: ['connection', 'service-address', 'timeout'],
  },
  contentRow('stats', 'print counters'),
  {
    ...contentRow('rate', 'print rates per second'),
    write: ({ content, rates }: ListOptions) => content === 'rate' || rates === true,
  },
  contentRow('thresholds', 'print connection thresholds'),
  {
    ...contentRow('persistent-conn', 'print persistence templates; -c: engine data'),
    write: ({ persistenceData }: ListOptions) => persistenceData,
  },
  contentRow('tun-info', 'print tunnel types'),
  {
    long: 'exact',
    short: 'X',
    ...ofList,
    help: 'print counters with all digits',
    write: ({ exact }) => exact,
  },
  {
    long: 'nosort',
    ...ofList,
    help: "keep the kernel's order",
    write: ({ sorted }) => !sorted,
  },
  jsonRow,
  allRow,
  {
    long: 'table',
    ...ofList,
    conflictsWith: ['connection', 'timeout', 'daemon', 'prometheus'],
    help: 'draw a table with frames, bars and colours',
    write: ({ table }) => table,
  },
  {
    long: 'watch',
    ...ofList,
    conflictsWith: ['connection', 'timeout', 'daemon', 'prometheus'],
    argument: 'inline',
    label: 'seconds',
    help: `refresh at this interval (${defaults.watchInterval}), with rates`,
    read: (values, text = String(defaults.watchInterval)) => {
      values.list.watch = orIllegal(
        parseInterval(text),
        text,
        (value) =>
          `illegal number of seconds \`${value}' for --watch: expected ${shortestInterval} to ${limits.interval}`,
      );
    },
    write: ({ watch }) => watch,
  },
  {
    long: 'color',
    ...ofList,
    argument: 'inline',
    label: 'auto|always|never',
    help: 'use colours (auto)',
    read: (values, text = 'always') => {
      const color = readWord(
        text,
        ['auto', 'always', 'never'],
        (value) => `illegal value \`${value}' for --color: expected auto, always or never`,
      );
      if (color !== 'auto') values.list.color = color;
    },
    write: ({ color }) => color,
  },
  {
    long: 'prometheus',
    ...ofList,
    conflictsWith: [
      ...(['connection', 'timeout', 'daemon', 'service-address'] as const),
      ...(['stats', 'rate', 'thresholds', 'persistent-conn', 'tun-info'] as const),
    ],
    argument: 'inline',
    label: 'scope',
    choices: metricsScopes,
    help: 'print Prometheus metrics: services or summary',
    read: (values, text = 'servers') => {
      values.list.prometheus = readWord(
        text,
        [...metricsScopes, 'servers'],
        (value) => `illegal value \`${value}' for --prometheus: expected services or summary`,
      );
    },
    write: ({ prometheus }) => prometheus === 'servers' || prometheus,
  },
  {
    long: 'output',
    ...ofList,
    needs: { list: 'prometheus' },
    argument: 'required',
    label: 'file',
    help: 'write the metrics to this file',
    read: (values, text) => {
      values.list.output = orIllegal(text || undefined, text, 'no file given for --output');
    },
    write: ({ output }) => output,
  },
  {
    long: 'top',
    ...ofList,
    conflictsWith: ['persistent-conn'],
    needs: { list: 'connection' },
    argument: 'inline',
    label: 'number',
    help: `with -c, top clients, services, servers (${defaults.top})`,
    read: (values, text = String(defaults.top)) => {
      values.list.top = readNumber(
        text,
        1,
        limits.count,
        (value) => `illegal number \`${value}' for --top: expected 1 or more`,
      );
    },
    write: ({ top }) => top,
  },
] as const satisfies readonly WritableRow<ListOptions>[];

/** Options accepted for old scripts, without effect. */
export const idleRows = [
  {
    long: 'sort',
    help: 'no effect; kept for old scripts',
    group: 'list',
    allowedWith: 'any',
    repeatable: true,
  },
] as const satisfies readonly OptionRow[];
