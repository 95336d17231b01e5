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

/** Programs of the lab that do not come with this machine. */
export interface Toolbox {
  /** Folders for the PATH. */
  readonly path: readonly string[];
  /** Path of the reference, Debian's ipvsadm. */
  readonly reference: string;
}

/** Returns the toolbox, after fetching missing programs into the cache. */
export async function toolbox(mirror: Mirror): Promise<Toolbox> {
  const path: string[] = [];
  for (const tool of needed)
    if (!(await which(tool.command)))
      path.push(...(await programFolders(await debianTool(mirror, tool.package))));
  // Never this machine's own ipvsadm: all machines must compare against the same one.
  const reference = await program(await debianTool(mirror, 'ipvsadm'), 'ipvsadm');
  return { path, reference };
}
