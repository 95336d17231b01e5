import type { ServiceId } from '../../ipvs/model.ts';
import type { Finding, Found } from '../finding.ts';
import { setSetting } from '../repair-commands.ts';
import type { System } from '../system.ts';

/** Modules for rules that match the state of a connection. */
const statefulModules = ['nft_ct', 'xt_conntrack'];

const ftpModule = 'ip_vs_ftp';
const ftpPort = 21;

/** Finds NAT services whose connections are not tracked although FTP or stateful firewall rules need it. */
export function untrackedConnections(system: System): Found {
  const behindNat = system.table
    .filter(({ destinations }) => destinations.some(({ forwarding }) => forwarding === 'masquerade'))
    .map(({ service }) => service.id);
  return [withoutFtpHelper(behindNat, system), withoutTracking(behindNat, system)];
}

function isFtp(id: ServiceId): boolean {
  return id.kind === 'address' && id.protocol === 'tcp' && id.port === ftpPort;
}

function withoutFtpHelper(services: readonly ServiceId[], { modules }: System): Finding | undefined {
  const ftp = services.filter(isFtp);
  if (ftp.length === 0 || modules.loaded.has(ftpModule)) return undefined;
  return {
    problem: 'FTP data connections fail through NAT.',
    services: ftp,
    evidence: [
      `the module ${ftpModule} is not loaded`,
      'so the addresses in the answers of FTP servers are not translated',
    ],
    repairs: [[`modprobe ${ftpModule}`]],
  };
}

/** Finds services unknown to stateful rules, except FTP services, whose connections the kernel always tracks. */
function withoutTracking(
  behindNat: readonly ServiceId[],
  { settings, modules }: System,
): Finding | undefined {
  const services = behindNat.filter((id) => !isFtp(id));
  const used = statefulModules.filter((module) => modules.inUse.has(module));
  const isTracking = Number(settings.get('net.netfilter.nf_conntrack_count') ?? 0) > 0;
  if (services.length === 0 || used.length === 0 || !isTracking) return undefined;
  if (settings.get('net.ipv4.vs.conntrack') !== '0') return undefined;
  return {
    problem: 'Firewall rules cannot match the state of NAT connections.',
    services,
    evidence: [
      `rules that match the state of connections are in use (${used.join(', ')})`,
      'net.ipv4.vs.conntrack is 0, so IPVS connections are not tracked',
    ],
    repairs: [[setSetting('net.ipv4.vs.conntrack', 1)]],
  };
}
