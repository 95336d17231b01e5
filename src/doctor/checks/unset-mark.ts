import type { Family } from '../../ipvs/address.ts';
import type { FwmarkServiceId } from '../../ipvs/model.ts';
import type { Finding } from '../finding.ts';
import { possibleMarks } from '../marks.ts';
import type { System } from '../system.ts';
import { isBackup } from '../table-queries.ts';

/** Finds firewall-mark services whose mark no rule sets. Skips a backup director, which may not have its rules yet. */
export function marksThatNothingSets(system: System): Finding[] {
  if (isBackup(system)) return [];
  return (['inet', 'inet6'] as const).flatMap((family) => {
    const services = system.table.flatMap(({ service: { id } }) =>
      id.kind === 'fwmark' && id.family === family ? [id] : [],
    );
    const possible = services.length > 0 ? possibleMarks(system.marking, family) : undefined;
    const unset = possible ? services.filter(({ fwmark }) => !possible.has(fwmark)) : [];
    return unset.length > 0 ? [finding(unset, family)] : [];
  });
}

function finding(services: readonly FwmarkServiceId[], family: Family): Finding {
  const marks = services.map(({ fwmark }) => String(fwmark));
  const one = marks.length === 1;
  const [name, daddr] = family === 'inet' ? ['IPv4', 'ip daddr'] : ['IPv6', 'ip6 daddr'];
  return {
    problem: one
      ? `No rule sets the firewall mark ${marks[0]}.`
      : `No rule sets any of ${marks.length} firewall marks.`,
    services,
    evidence: [
      `no nftables or iptables rule can set ${one ? 'this mark' : 'these marks'} on ${name} packets`,
      `so no packets reach the ${one ? 'service' : 'services'}`,
    ],
    repairs: marks.map((mark) => [
      `nft add rule inet TABLE CHAIN ${daddr} ADDRESS tcp dport PORT meta mark set ${mark}`,
    ]),
  };
}
