import type { Finding } from '../finding.ts';
import type { System } from '../system.ts';

/** Finds a kernel without IPVS, where nothing can be balanced. */
export function missingIpvs({ hasIpvs }: System): Finding | undefined {
  if (hasIpvs) return undefined;
  return {
    problem: 'The kernel has no IPVS loaded.',
    services: [],
    evidence: [
      'the module ip_vs is not loaded, so there is no virtual service',
      'the doctor loads no module; ipvsadm-restore and every other command of ipvsadm that needs it does',
    ],
    repairs: [['modprobe ip_vs']],
  };
}
