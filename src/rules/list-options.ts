import type { ListContent, ListOptions } from './command.ts';
import { RuleError } from './error.ts';
import type { OptionName } from './option-table/table.ts';

/**
 * Builds the options of `--list` from a command line.
 *
 * @throws {RuleError} when the requested contents cannot be combined.
 */
export function listOptions(given: ReadonlySet<OptionName>, list: Partial<ListOptions>): ListOptions {
  const wantsColumns = given.has('stats') || given.has('rate') || given.has('thresholds');
  const wantsNoTable = given.has('timeout') || given.has('daemon');
  if (
    (wantsColumns && (wantsNoTable || given.has('connection'))) ||
    (given.has('persistent-conn') && wantsNoTable)
  ) {
    throw new RuleError({ code: 'list-columns-conflict' });
  }
  return {
    content: contentOf(given),
    numeric: given.has('numeric'),
    exact: given.has('exact'),
    sorted: !given.has('nosort'),
    persistenceData: given.has('persistent-conn'),
    ...(given.has('json') && { json: true }),
    ...(given.has('all') && { all: true }),
    ...(given.has('table') && { table: true }),
    // A JSON document has room for both rates and counters; a listing shows only counters.
    ...(given.has('json') && given.has('stats') && given.has('rate') && { rates: true }),
    ...list,
  };
}

function contentOf(given: ReadonlySet<OptionName>): ListContent {
  for (const content of contentPrecedence) if (given.has(content)) return content;
  return 'table';
}

/** Contents by precedence: if several are requested, the first of these is shown. */
const contentPrecedence: readonly Exclude<ListContent, 'table'>[] = [
  'connection',
  'timeout',
  'daemon',
  'stats',
  'rate',
  'thresholds',
  'persistent-conn',
  'tun-info',
];
