import type { Finding } from '../finding.ts';
import type { SettingName } from '../observe/settings.ts';
import { setSetting } from '../repair-commands.ts';
import type { System } from '../system.ts';
import { type Backend, groupBy, serversBehindNat, servicesOf } from '../table-queries.ts';

/** Finds settings that prevent the answers of NAT servers from being forwarded. */
export function forwardingOff(system: System): Finding[] {
  const blocked = serversBehindNat(system).flatMap((backend) => {
    const setting = blockingSetting(backend, system);
    return setting ? [{ ...backend, setting }] : [];
  });
  return groupBy(blocked, ({ setting }) => setting).map((group) => {
    const setting = group[0]?.setting ?? '';
    return {
      problem: 'Answers of NAT servers are not forwarded to the clients.',
      services: servicesOf(group),
      evidence: [`${setting} is 0`, 'with NAT, all answers pass through the director'],
      repairs: [[setSetting(setting, 1)]],
    };
  });
}

/** Returns the first setting that is off among those needed to forward packets from a server; `undefined` if all are on. */
export function blockingSetting({ server }: Backend, { settings, routes }: System): SettingName | undefined {
  const { address } = server.id;
  const needed: SettingName[] = [
    address.family === 'inet' ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding',
  ];
  const name = routes.get(address.text)?.interface;
  if (name && address.family === 'inet') needed.push(`net.ipv4.conf.${name}.forwarding`);
  return needed.find((setting) => settings.get(setting) === '0');
}
