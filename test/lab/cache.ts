import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.ts';

/** Returns the folder of the lab's downloads; it may be deleted at any time. */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return process.env.IPVSADM_LAB_CACHE || join(base, 'ipvsadm-lab');
}

/**
 * Returns the cache's folder `name`, which `build` fills if it does not exist yet. The folder is moved into place only
 * when `build` has succeeded, so entries are always complete; of several processes, one builds and the others wait.
 * `build` must not request another entry: one lock serves the whole cache.
 *
 * @param build called with the folder to fill, and the path that it will have in the end
 */
export async function cached(
  name: string,
  build: (folder: string, final: string) => Promise<void>,
): Promise<string> {
  const root = cacheFolder();
  const final = join(root, name);
  if (existsSync(final)) return final;
  await mkdir(root, { recursive: true });
  const waiting = () => process.stderr.write('lab: waiting for another process to fill the cache\n');
  await withLock(join(root, 'lock'), waiting, async () => {
    if (existsSync(final)) return;
    await removeLeftovers(root);
    const folder = await mkdtemp(join(root, 'unfinished-'));
    try {
      await build(folder, final);
      await rename(folder, final);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
  return final;
}

/** Removes the folders that killed processes left behind. The lock must be held, so that nobody is filling one. */
async function removeLeftovers(root: string): Promise<void> {
  for (const entry of await readdir(root))
    if (entry.startsWith('unfinished-')) await rm(join(root, entry), { recursive: true, force: true });
}
