import type { ListContent, ListOptions } from './command.ts';
import { RuleError } from './error.ts';
import type { OptionName } from './options.ts';

/** What options with arguments say of how to list. */
export type ViewOptions = Pick<ListOptions, 'watch' | 'color' | 'output' | 'top'>;

/** What `--list` is told by options that are legal with it. Throws {@link RuleError} when they do not go together. */
export function listOptions(given: ReadonlySet<OptionName>, view: ViewOptions = {}): ListOptions {
  checkConflicts(given);
  const hasColumns = given.has('stats') || given.has('rate') || given.has('thresholds');
  const wantsNoTable = given.has('timeout') || given.has('daemon');
  if (
    (hasColumns && (wantsNoTable || given.has('connection'))) ||
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
    ...(given.has('json') && { json: true as const }),
    // Of columns only the first are shown; a document has room for more.
    ...(given.has('json') && given.has('stats') && given.has('rate') && { rates: true as const }),
    ...(given.has('table') && { table: true as const }),
    ...(given.has('prometheus') && { prometheus: true as const }),
    ...view,
  };
}

/** Throws {@link RuleError} for the first options that cannot stand together, or that lack another. */
function checkConflicts(given: ReadonlySet<OptionName>): void {
  // In the order in which it is told.
  const conflicts: readonly (readonly [OptionName, readonly OptionName[]])[] = [
    ['json', ['table', 'watch', 'prometheus', 'top']],
    ['table', ['connection', 'timeout', 'daemon', 'prometheus']],
    ['watch', ['connection', 'timeout', 'daemon', 'prometheus']],
    ['prometheus', ['connection', 'timeout', 'daemon', 'service-address']],
    ['prometheus', ['stats', 'rate', 'thresholds', 'persistent-conn', 'tun-info']],
    ['top', ['persistent-conn']],
  ];
  for (const [option, others] of conflicts) {
    const other = given.has(option) && others.find((name) => given.has(name));
    if (other) throw new RuleError({ code: 'list-options-conflict', option, other });
  }
  const demands: readonly (readonly [OptionName, OptionName])[] = [
    ['output', 'prometheus'],
    ['top', 'connection'],
  ];
  for (const [option, other] of demands) {
    if (given.has(option) && !given.has(other)) {
      throw new RuleError({ code: 'list-option-needs', option, other });
    }
  }
}

/** Of several columns that are asked for, the first of these is shown. */
function contentOf(given: ReadonlySet<OptionName>): ListContent {
  const contents: readonly Exclude<ListContent, 'table'>[] = [
    'connection',
    'timeout',
    'daemon',
    'stats',
    'rate',
    'thresholds',
    'persistent-conn',
    'tun-info',
  ];
  return contents.find((content) => given.has(content)) ?? 'table';
}
