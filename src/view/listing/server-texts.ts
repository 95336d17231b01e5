import { type Forwarding, type Tunnel, TunnelFlag } from '../../ipvs/model.ts';

/** The names of the forwarding methods in a listing. */
export const forwardingNames: Record<Forwarding, string> = {
  masquerade: 'Masq',
  local: 'Local',
  tunnel: 'Tunnel',
  route: 'Route',
  bypass: 'Bypass',
};

/** Kind of tunnel, port of GUE, and whether there is a checksum: without (-c), with (+c), remote (r+c). */
export function tunnelInfo({ type, port, flags }: Tunnel): string {
  if (type === 'ipip') return type;
  const checksum = flags & TunnelFlag.remoteChecksum ? 'r+c' : flags & TunnelFlag.checksum ? '+c' : '-c';
  return type === 'gue' ? `gue:${port}:${checksum}` : `gre:${checksum}`;
}
