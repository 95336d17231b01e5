import { TunnelFlag } from '../ipvs/model.ts';

/** Flags of a tunnel for the names that JSON has for the checksum of its outer header. */
export const tunnelChecksums = {
  none: 0,
  full: TunnelFlag.checksum,
  remote: TunnelFlag.remoteChecksum,
} as const;

/** Names of {@link tunnelChecksums}. */
export type TunnelChecksum = keyof typeof tunnelChecksums;

/** The checksum that a tunnel's flags ask for; the remote one goes first, as it does in a listing. */
export function checksumName(flags: number): TunnelChecksum {
  if (flags & TunnelFlag.remoteChecksum) return 'remote';
  return flags & TunnelFlag.checksum ? 'full' : 'none';
}
