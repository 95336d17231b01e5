import { TunnelFlag } from '../ipvs/model.ts';

/** Tunnel flags by the name that JSON has for the checksum of the outer header. */
export const tunnelChecksums = {
  none: 0,
  full: TunnelFlag.checksum,
  remote: TunnelFlag.remoteChecksum,
} as const;

/** Names of {@link tunnelChecksums}. */
export type TunnelChecksum = keyof typeof tunnelChecksums;

/** Returns the checksum that a tunnel's flags ask for; the remote checksum takes precedence, as in a listing. */
export function checksumName(flags: number): TunnelChecksum {
  if (flags & TunnelFlag.remoteChecksum) return 'remote';
  return flags & TunnelFlag.checksum ? 'full' : 'none';
}
