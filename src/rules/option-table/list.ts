import type { CommandName, ListContent, ListOptions } from '../command.ts';
import { defaults } from '../defaults.ts';
import { limits } from '../limits.ts';
import { parseInterval, parseNumber } from '../values.ts';
import { type OptionRow, type OptionValues, orIllegal, type WritableRow, type Written } from './row.ts';

const list: readonly CommandName[] = ['list'];

/** A spelling that asks for one content of a listing. */
function contentSpelling<Long extends Exclude<ListContent, 'table'>>(long: Long, help: string) {
  return {
    long,
    help,
    read: (values: OptionValues) => {
      values.contents.add(long);
    },
    write: ({ content }: ListOptions): Written => content === long,
  };
}

/** Options of `--list`, in the order in which they are written. */
export const listRows = [
  {
    name: 'numeric',
    group: 'list',
    allowedWith: ['list', 'save'],
    spellings: [
      {
        long: 'numeric',
        short: 'n',
        help: 'addresses and ports as numbers',
        read: (values) => {
          values.numeric = true;
        },
        write: ({ numeric }: { readonly numeric: boolean }) => numeric,
      },
    ],
  },
  {
    name: 'connection',
    group: 'list',
    allowedWith: list,
    spellings: [{ ...contentSpelling('connection', 'the connections'), short: 'c' }],
  },
  {
    name: 'timeout',
    group: 'list',
    allowedWith: list,
    conflictsWith: ['connection', 'service-address'],
    spellings: [contentSpelling('timeout', 'the connection timeouts')],
  },
  {
    name: 'daemon',
    group: 'list',
    allowedWith: list,
    conflictsWith: ['connection', 'service-address', 'timeout'],
    spellings: [contentSpelling('daemon', 'the synchronisation daemons')],
  },
  {
    name: 'stats',
    group: 'list',
    allowedWith: list,
    spellings: [contentSpelling('stats', 'counters')],
  },
  {
    name: 'rate',
    group: 'list',
    allowedWith: list,
    spellings: [
      {
        ...contentSpelling('rate', 'rates per second'),
        write: ({ content, rates }: ListOptions) => content === 'rate' || rates === true,
      },
    ],
  },
  {
    name: 'thresholds',
    group: 'list',
    allowedWith: list,
    spellings: [contentSpelling('thresholds', 'connection thresholds')],
  },
  {
    name: 'persistent-conn',
    group: 'list',
    allowedWith: list,
    spellings: [
      {
        ...contentSpelling('persistent-conn', 'persistent connections; with -c engine data'),
        read: (values) => {
          values.contents.add('persistent-conn');
          values.list.persistenceData = true;
        },
        write: ({ persistenceData }) => persistenceData,
      },
    ],
  },
  {
    name: 'tun-info',
    group: 'list',
    allowedWith: list,
    spellings: [contentSpelling('tun-info', 'kinds of tunnels')],
  },
  {
    name: 'exact',
    group: 'list',
    allowedWith: list,
    spellings: [
      {
        long: 'exact',
        short: 'X',
        help: 'counters with all digits',
        read: (values) => {
          values.list.exact = true;
        },
        write: ({ exact }) => exact,
      },
    ],
  },
  {
    name: 'nosort',
    group: 'list',
    allowedWith: list,
    spellings: [
      {
        long: 'nosort',
        help: "in the kernel's order",
        read: (values) => {
          values.list.sorted = false;
        },
        write: ({ sorted }) => !sorted,
      },
    ],
  },
  {
    name: 'json',
    group: 'list',
    allowedWith: ['list', 'restore'],
    conflictsWith: ['table', 'watch', 'prometheus', 'top'],
    spellings: [
      {
        long: 'json',
        help: 'as JSON; with --restore, read JSON',
        restoreHelp: 'the rules are a listing in JSON',
        read: (values) => {
          values.json = true;
        },
        write: ({ json }: { readonly json?: boolean }) => json,
      },
    ],
  },
  {
    name: 'all',
    group: 'list',
    allowedWith: ['list', 'save'],
    conflictsWith: ['connection', 'timeout', 'daemon', 'service-address'],
    needs: { list: 'json' },
    spellings: [
      {
        long: 'all',
        help: 'with --json or -S, also timeouts and daemons',
        read: (values) => {
          values.all = true;
        },
        write: ({ all }: { readonly all?: true }) => all,
      },
    ],
  },
  {
    name: 'table',
    group: 'list',
    allowedWith: list,
    conflictsWith: ['connection', 'timeout', 'daemon', 'prometheus'],
    spellings: [
      {
        long: 'table',
        help: 'drawn with frames, bars and colours',
        read: (values) => {
          values.list.table = true;
        },
        write: ({ table }) => table,
      },
    ],
  },
  {
    name: 'watch',
    group: 'list',
    allowedWith: list,
    conflictsWith: ['connection', 'timeout', 'daemon', 'prometheus'],
    spellings: [
      {
        long: 'watch',
        argument: 'inline',
        label: 'seconds',
        help: `redrawn that often (${defaults.watchInterval}), with rates`,
        read: (values, text) => {
          values.list.watch =
            text === undefined
              ? defaults.watchInterval
              : orIllegal(parseInterval(text), 'watch-interval', text);
        },
        write: ({ watch }) => watch,
      },
    ],
  },
  {
    name: 'color',
    group: 'list',
    allowedWith: list,
    spellings: [
      {
        long: 'color',
        argument: 'inline',
        label: 'auto|always|never',
        help: 'with colours (auto)',
        read: (values, text = 'always') => {
          const when = (['auto', 'always', 'never'] as const).find((known) => known === text);
          const color = orIllegal(when, 'color', text);
          if (color !== 'auto') values.list.color = color;
        },
        write: ({ color }) => color,
      },
    ],
  },
  {
    name: 'prometheus',
    group: 'list',
    allowedWith: list,
    conflictsWith: [
      ...(['connection', 'timeout', 'daemon', 'service-address'] as const),
      ...(['stats', 'rate', 'thresholds', 'persistent-conn', 'tun-info'] as const),
    ],
    spellings: [
      {
        long: 'prometheus',
        argument: 'inline',
        label: 'scope',
        help: 'metrics for Prometheus; services or summary',
        read: (values, text = 'servers') => {
          const scope = (['summary', 'services', 'servers'] as const).find((known) => known === text);
          values.list.prometheus = orIllegal(scope, 'metrics-scope', text);
        },
        write: ({ prometheus }) => prometheus === 'servers' || prometheus,
      },
    ],
  },
  {
    name: 'output',
    group: 'list',
    allowedWith: list,
    needs: { list: 'prometheus' },
    spellings: [
      {
        long: 'output',
        argument: 'required',
        label: 'file',
        help: 'put the metrics into that file',
        read: (values, text) => {
          values.list.output = orIllegal(text || undefined, 'output', text);
        },
        write: ({ output }) => output,
      },
    ],
  },
  {
    name: 'top',
    group: 'list',
    allowedWith: list,
    conflictsWith: ['persistent-conn'],
    needs: { list: 'connection' },
    spellings: [
      {
        long: 'top',
        argument: 'inline',
        label: 'number',
        help: `with -c, what has the most connections (${defaults.top})`,
        read: (values, text) => {
          values.list.top =
            text === undefined ? defaults.top : orIllegal(parseNumber(text, 1, limits.count), 'top', text);
        },
        write: ({ top }) => top,
      },
    ],
  },
] as const satisfies readonly WritableRow<ListOptions>[];

/** Options that old scripts give and that have no effect. */
export const idleRows = [
  {
    name: 'sort',
    group: 'list',
    allowedWith: 'any',
    repeatable: true,
    spellings: [{ long: 'sort', help: 'no effect; kept for old scripts' }],
  },
] as const satisfies readonly OptionRow[];
