import { NetlinkError } from '../../netlink/errors.ts';

/** Returns a value that every kernel sends. Throws {@link NetlinkError} (`MALFORMED`) when it is missing. */
export function required<V>(value: V | undefined, field: string): V {
  if (value === undefined) throw new NetlinkError('MALFORMED', `an answer lacks ${field}`);
  return value;
}
