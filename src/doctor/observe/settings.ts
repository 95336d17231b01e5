import type { FileReader } from './files.ts';

/** Settings that are not per interface. */
const global = [
  'net.ipv4.ip_forward',
  'net.ipv4.conf.all.rp_filter',
  'net.ipv6.conf.all.forwarding',
  'net.ipv4.vs.conntrack',
  'net.ipv4.vs.conn_lfactor',
  'net.ipv4.vs.conn_max',
  'net.ipv4.vs.expire_nodest_conn',
  'net.netfilter.nf_conntrack_count',
] as const;

/** Settings that exist for each interface. */
const ofInterface = ['rp_filter', 'forwarding'] as const;

/** The name of a kernel setting used by checks. */
export type SettingName = (typeof global)[number] | `net.ipv4.conf.${string}.${(typeof ofInterface)[number]}`;

/** Reads the kernel settings used by checks; settings that this kernel lacks are left out. */
export function readSettings(
  interfaces: readonly string[],
  files: FileReader,
  root = '/proc/sys',
): Map<SettingName, string> {
  const settings = new Map<SettingName, string>();
  const read = (name: SettingName, ...path: readonly string[]) => {
    const value = files.read([root, ...path].join('/'));
    if (value !== undefined) settings.set(name, value.trim());
  };
  for (const name of global) read(name, ...name.split('.'));
  // Interface names can contain dots.
  for (const name of interfaces)
    for (const setting of ofInterface)
      read(`net.ipv4.conf.${name}.${setting}`, 'net', 'ipv4', 'conf', name, setting);
  return settings;
}
