import { readdir, readlink, symlink, unlink } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { cached } from '../cache.ts';
import { output, which } from '../child.ts';
import type { Mirror } from './mirror.ts';
import { unpack } from './packages.ts';
import { debianSuite } from './suite.ts';
import { libraryFolders, programFolders } from './tree.ts';

/** Runs `patchelf` with arguments. */
export type Patchelf = (...args: string[]) => Promise<string>;

/** Returns this machine's patchelf, or Debian's from the cache. */
export async function findPatchelf(mirror: Mirror): Promise<Patchelf> {
  const installed = await which('patchelf');
  if (installed) return (...args) => output(installed, args);
  const tree = await cached(`${mirror.suite}-patchelf`, async (root) => {
    const suite = await debianSuite(mirror, mirror.suite);
    await unpack(suite.download, await suite.closure(['patchelf']), root);
  });
  const env = { ...process.env, LD_LIBRARY_PATH: libraryFolders(tree).join(':') };
  return (...args) => output(join(tree, 'usr/bin/patchelf'), args, env);
}

/** Patches the programs below `root` to run from `final`, with the tree's own libraries and no environment variables. */
export async function bindPrograms(patchelf: Patchelf, root: string, final: string): Promise<void> {
  for (const folder of await programFolders(root))
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const file = join(folder, entry.name);
      if (entry.isSymbolicLink()) await bindLink(final, file);
      else if (await isElf(patchelf, file)) await bindLibraries(patchelf, final, file);
    }
}

/** Redirects an absolute link into the tree; packages have such links from one top-level folder into another. */
async function bindLink(final: string, link: string): Promise<void> {
  const target = await readlink(link);
  if (!isAbsolute(target)) return;
  await unlink(link);
  await symlink(join(final, target), link);
}

/** Returns whether a file is dynamically linked, not a script or a static program. */
function isElf(patchelf: Patchelf, file: string): Promise<boolean> {
  return patchelf('--print-rpath', file).then(
    () => true,
    () => false,
  );
}

/** Sets a program's library path, as DT_RPATH and not DT_RUNPATH: libraries find each other by it too. */
async function bindLibraries(patchelf: Patchelf, final: string, file: string): Promise<void> {
  await patchelf('--force-rpath', '--set-rpath', libraryFolders(final).join(':'), file);
}
