import type { Finding, Found } from '../finding.ts';
import { setSetting } from '../repair-commands.ts';
import type { System } from '../system.ts';

/** Setting of kernels with a growing connection table: the load at which the table grows, as a power of two. */
const loadSetting = 'net.ipv4.vs.conn_lfactor';
const limitSetting = 'net.ipv4.vs.conn_max';

/** Highest `conn_tab_bits` that the ip_vs module of every kernel accepts. */
const maxBits = 20;

/** Share of a limit from which on the limit counts as reached. */
const nearlyFull = 0.9;

/** Finds a connection table that is too small for the connections in it. */
export function crowdedConnectionTable(system: System): Found {
  // Newer kernels have no connection table while there is no service.
  if (system.table.length === 0) return undefined;
  return [overloaded(system), full(system)];
}

/** Finds more connections than buckets: from then on, looking up the connection of a packet takes long. */
function overloaded({ table, connections: { count, buckets }, settings }: System): Finding | undefined {
  if (count <= buckets) return undefined;
  const load = settings.get(loadSetting);
  const isKeptSmall = Number(load) > 0;
  const bits = Math.min(maxBits, Math.ceil(Math.log2(count)) + 1);
  return {
    problem: 'The connection table is too small for the number of connections.',
    services: table.map(({ service }) => service.id),
    evidence: [
      `${count} connections share ${buckets} buckets, and each packet searches a whole bucket`,
      isKeptSmall
        ? `${loadSetting} is ${load}, which keeps the table small`
        : 'a new size takes effect when the module ip_vs is next loaded',
    ],
    repairs: [
      [
        isKeptSmall
          ? setSetting(loadSetting, -2)
          : `echo options ip_vs conn_tab_bits=${bits} >/etc/modprobe.d/ip_vs.conf`,
      ],
    ],
  };
}

function full({ table, connections: { count }, settings }: System): Finding | undefined {
  const limit = Number(settings.get(limitSetting) ?? Number.POSITIVE_INFINITY);
  if (count < limit * nearlyFull) return undefined;
  return {
    problem: 'The connection table is nearly full.',
    services: table.map(({ service }) => service.id),
    evidence: [`it has ${count} connections; ${limitSetting} allows ${limit}`],
    repairs: [[setSetting(limitSetting, 2 * limit)]],
  };
}
