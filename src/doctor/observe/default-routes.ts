/**
 * Returns the interfaces of default routes in `/proc/net/route`: columns `Iface Destination Gateway Flags … Mask …`. A route
 * that leads nowhere, such as a blackhole, has `*` as its interface (`fib_route_seq_show`, net/ipv4/fib_trie.c).
 */
export function parseDefaultInterfaces(text: string): string[] {
  const rows = text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
  const defaults = rows.filter((row) => row[0] !== '*' && row[1] === '00000000' && row[7] === '00000000');
  return [...new Set(defaults.map(([name = '']) => name))];
}
