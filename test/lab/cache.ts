import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.ts';

/** The folder in which the lab keeps what it has downloaded; it may be deleted at any time. */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return process.env.IPVSADM_LAB_CACHE || join(base, 'ipvsadm-lab');
}

/**
 * The cache's folder `name`, made by `build` when it is not there yet. `build` fills a folder that is put in place
 * only when it has succeeded, so what is in the cache is whole; of several processes one builds and the others wait.
 * `build` must not ask for another entry: one lock serves the whole cache.
 *
 * @param build gets the folder to fill, and the path that folder will have in the end
 */
export async function cached(
  name: string,
  build: (folder: string, final: string) => Promise<void>,
): Promise<string> {
  const root = cacheFolder();
  const final = join(root, name);
  if (existsSync(final)) return final;
  await mkdir(root, { recursive: true });
  const waiting = () => process.stderr.write('lab: waiting for another process that fills the cache\n');
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

/** What a killed process left behind. Called under the lock, so nobody is working in them. */
async function removeLeftovers(root: string): Promise<void> {
  for (const entry of await readdir(root))
    if (entry.startsWith('unfinished-')) await rm(join(root, entry), { recursive: true, force: true });
}
