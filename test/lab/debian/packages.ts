import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { output } from '../child.ts';

/** Puts the files of packages (`*.deb`) into a folder. */
export type Downloader = (packages: readonly string[], folder: string) => Promise<void>;

/** Downloads packages and unpacks them below `root`, without installing them; throws when one is broken. */
export async function unpack(download: Downloader, packages: readonly string[], root: string): Promise<void> {
  const folder = join(root, '.packages');
  await mkdir(folder, { recursive: true });
  await download(packages, folder);
  for (const file of await readdir(folder)) await output('dpkg-deb', ['--extract', join(folder, file), root]);
  await rm(folder, { recursive: true });
}
