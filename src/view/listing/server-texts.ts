import { type Forwarding, type Tunnel, TunnelFlag } from '../../ipvs/model.ts';

/** The names of the forwarding methods in a listing. */
export const forwardingNames: Record<Forwarding, string> = {
  masquerade: 'Masq',
  local: 'Local',
  tunnel: 'Tunnel',
  route: 'Route',
  bypass: 'Bypass',
};

/** Returns the tunnel type, the port of GUE, and the kind of checksum: none (-c), normal (+c) or remote (r+c). */
export function tunnelInfo({ type, port, flags }: Tunnel): string {
  if (type === 'ipip') return type;
  const checksum = flags & TunnelFlag.remoteChecksum ? 'r+c' : flags & TunnelFlag.checksum ? '+c' : '-c';
  return type === 'gue' ? `gue:${port}:${checksum}` : `gre:${checksum}`;
}
