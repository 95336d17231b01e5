import type { ListContent, ListOptions } from './command.ts';
import { RuleError } from './error.ts';
import type { OptionValues } from './option-table/row.ts';

/**
 * Makes the options of `--list` from what a command line gave.
 *
 * @throws {RuleError} when contents were asked for that do not go together.
 */
export function listOptions({ contents, numeric, json, all, list }: OptionValues): ListOptions {
  const asked = (...names: readonly ListContent[]) => names.some((name) => contents.has(name));
  const wantsNoTable = asked('timeout', 'daemon');
  if (
    (asked('stats', 'rate', 'thresholds') && (wantsNoTable || asked('connection'))) ||
    (asked('persistent-conn') && wantsNoTable)
  ) {
    throw new RuleError({ code: 'list-columns-conflict' });
  }
  return {
    content: contentPrecedence.find((content) => contents.has(content)) ?? 'table',
    numeric: numeric ?? false,
    exact: false,
    sorted: true,
    persistenceData: false,
    ...(json && { json }),
    ...(all && { all }),
    // A document has room for rates beside counters; a listing shows only counters.
    ...(json && asked('stats') && asked('rate') && { rates: true as const }),
    ...list,
  };
}

/** Contents by precedence: of several that are asked for, the first of these is shown. */
const contentPrecedence: readonly ListContent[] = [
  'connection',
  'timeout',
  'daemon',
  'stats',
  'rate',
  'thresholds',
  'persistent-conn',
  'tun-info',
];
