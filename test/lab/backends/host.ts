import { existsSync } from 'node:fs';
import { output, which } from '../child.ts';
import { findMirror } from '../debian/mirror.ts';
import { toolbox } from '../toolbox.ts';
import { LabUnavailable } from '../unavailable.ts';
import type { Backend, Command } from './backend.ts';

/**
 * The kernel of this machine, where it has IPVS and we are root. New namespaces for network, mounts, processes and host
 * name isolate the program from the machine, except from its files, which the program can change.
 */
export const host: Backend = {
  name: 'host',
  async prepare() {
    if (!(await hostHasIpvs()))
      throw new LabUnavailable(
        'This machine has no usable IPVS: that takes root, and the kernel module ip_vs.',
      );
    return {
      tools: await toolbox(await findMirror()),
      settings: {},
      scripts: ['host-init.sh'],
      command: async ({ folder }): Promise<Command> => ({
        file: 'unshare',
        args: [
          ...['--net', '--mount', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc'],
          ...['sh', `${folder}/host-init.sh`],
        ],
        env: { ...process.env, LAB: folder },
        sharesTerminal: true,
      }),
    };
  },
};

/** Returns whether we are root on a kernel that has IPVS or can load it. */
export async function hostHasIpvs(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  if (existsSync('/proc/net/ip_vs')) return true;
  const modprobe = await which('modprobe');
  if (modprobe) await output(modprobe, ['ip_vs']).catch(() => {});
  return existsSync('/proc/net/ip_vs');
}
