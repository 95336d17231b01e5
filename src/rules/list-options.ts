import type { ListContent, ListOptions } from './command.ts';
import { RuleError } from './error.ts';
import type { OptionName } from './option-table/table.ts';

/**
 * Makes the options of `--list` from what a command line gave.
 *
 * @throws {RuleError} when contents were asked for that do not go together.
 */
export function listOptions(given: ReadonlySet<OptionName>, list: Partial<ListOptions>): ListOptions {
  const asked = (...names: readonly OptionName[]) => names.some((name) => given.has(name));
  const wantsNoTable = asked('timeout', 'daemon');
  if (
    (asked('stats', 'rate', 'thresholds') && (wantsNoTable || asked('connection'))) ||
    (asked('persistent-conn') && wantsNoTable)
  ) {
    throw new RuleError({ code: 'list-columns-conflict' });
  }
  return {
    content: contentPrecedence.find((content) => given.has(content)) ?? 'table',
    numeric: given.has('numeric'),
    exact: given.has('exact'),
    sorted: !given.has('nosort'),
    persistenceData: given.has('persistent-conn'),
    ...(given.has('json') && { json: true }),
    ...(given.has('all') && { all: true }),
    ...(given.has('table') && { table: true }),
    // A document has room for rates beside counters; a listing shows only counters.
    ...(given.has('json') && given.has('stats') && given.has('rate') && { rates: true }),
    ...list,
  };
}

/** Contents by precedence: of several that are asked for, the first of these is shown. */
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
