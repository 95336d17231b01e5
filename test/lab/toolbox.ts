import { which } from './child.ts';

import type { Mirror } from './debian/mirror.ts';
import { debianTool } from './debian/tool.ts';
import { program, programFolders } from './debian/tree.ts';

/** Commands that the lab needs; where this machine lacks one, the Debian package that has it is fetched. */
const needed = [
  { command: 'modprobe', package: 'kmod' },
  { command: 'ip', package: 'iproute2' },
  { command: 'nft', package: 'nftables' },
  { command: 'socat', package: 'socat' },
];

/** The programs of a lab that do not come with the machine. */
export interface Toolbox {
  /** Folders for the PATH. */
  readonly path: readonly string[];
  /** The reference: Debian's ipvsadm, at a path at which it runs. */
  readonly reference: string;
}

/** Fetches what is missing, once. */
export async function toolbox(mirror: Mirror): Promise<Toolbox> {
  const path: string[] = [];
  for (const tool of needed)
    if (!(await which(tool.command)))
      path.push(...(await programFolders(await debianTool(mirror, tool.package))));
  // Never the machine's own one: every machine shall compare against the same.
  const reference = await program(await debianTool(mirror, 'ipvsadm'), 'ipvsadm');
  return { path, reference };
}
