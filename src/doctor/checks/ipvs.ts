import type { Finding } from '../finding.ts';
import type { System } from '../system.ts';

/** Finds a kernel without IPVS, where nothing can be balanced. */
export function missingIpvs({ hasIpvs }: System): Finding | undefined {
  if (hasIpvs) return undefined;
  return {
    problem: 'IPVS is not loaded in the kernel.',
    services: [],
    evidence: [
      'without the module ip_vs, there are no virtual services',
      '--doctor loads no modules; ipvsadm-restore loads it, as do most commands of ipvsadm',
    ],
    repairs: [['modprobe ip_vs']],
  };
}
