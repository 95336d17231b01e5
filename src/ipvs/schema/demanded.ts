import { NetlinkError } from '../../netlink/errors.ts';

/** A value that every kernel sends. Throws {@link NetlinkError} (`MALFORMED`) where it was not sent. */
export function demanded<V>(value: V | undefined, field: string): V {
  if (value === undefined) throw new NetlinkError('MALFORMED', `an answer without ${field}`);
  return value;
}
