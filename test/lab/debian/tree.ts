import { existsSync, readdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Returns the library folders of an unpacked package tree. */
export function libraryFolders(root: string): string[] {
  return ['lib', 'usr/lib'].map((folder) => join(root, folder, 'x86_64-linux-gnu'));
}

/** Returns the folders with programs in an unpacked package tree. */
export async function programFolders(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const folder of ['sbin', 'bin', 'usr/sbin', 'usr/bin'].map((name) => join(root, name)))
    if ((await readdir(folder).catch(() => [])).length > 0) found.push(folder);
  return found;
}

/** Returns the path of a program in an unpacked package tree: its folder differs between releases. */
export async function program(root: string, name: string): Promise<string> {
  const places = (await programFolders(root)).map((folder) => join(folder, name));
  const found = places.find((place) => existsSync(place));
  if (!found) throw new Error(`there is no ${name} in ${root}`);
  return found;
}

/** Returns the folders with Perl modules in an unpacked package tree. */
export function perlFolders(root: string): string[] {
  const shared = join(root, 'usr/share/perl');
  const compiled = libraryFolders(root).flatMap((folder) => [join(folder, 'perl5'), join(folder, 'perl')]);
  const versions = [shared, ...compiled].flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder).map((version) => join(folder, version)) : [],
  );
  return [join(root, 'usr/share/perl5'), ...versions];
}
