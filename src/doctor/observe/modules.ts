import type { Modules } from '../system.ts';

/** Parses `/proc/modules`, whose lines are `name size uses users state address`. */
export function parseModules(text: string): Modules {
  const rows = text.split('\n').map((line) => line.split(' '));
  const name = ([first = '']: readonly string[]) => first;
  const isUsed = ([, , uses]: readonly string[]) => Number(uses) > 0;
  return { loaded: new Set(rows.map(name).filter(Boolean)), inUse: new Set(rows.filter(isUsed).map(name)) };
}
