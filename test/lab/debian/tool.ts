import { cached } from '../cache.ts';
import { bindPrograms, findPatchelf } from './elf.ts';
import { findMirror, type Mirror } from './mirror.ts';
import { unpack } from './packages.ts';
import { debianSuite } from './suite.ts';
import { perlFolders, programFolders } from './tree.ts';

/** Programs of packages that are not installed. */
export interface Tools {
  /** Folders for the PATH. */
  readonly path: readonly string[];
  /** Environment variables that the programs need. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Returns the programs of a package of this machine's own suite, which may be Perl scripts. */
export async function toolsOf(name: string): Promise<Tools> {
  const tree = await debianTool(await findMirror(), name);
  const perl = perlFolders(tree).join(':');
  return { path: await programFolders(tree), environment: { PERL5LIB: perl } };
}

/** Returns the folder of a package of this machine's own suite, unpacked in the cache; its programs run from there. */
export async function debianTool(mirror: Mirror, name: string): Promise<string> {
  const patchelf = await findPatchelf(mirror);
  return cached(`${mirror.suite}-${name}`, async (root, final) => {
    const suite = await debianSuite(mirror, mirror.suite);
    await unpack(suite.download, await suite.closure([name]), root);
    await bindPrograms(patchelf, root, final);
  });
}
