import { cached } from '../cache.ts';
import { bindPrograms, findPatchelf } from './elf.ts';
import { findMirror, type Mirror } from './mirror.ts';
import { unpack } from './packages.ts';
import { debianSuite } from './suite.ts';
import { perlFolders, programFolders } from './tree.ts';

/** Programs that are not installed. */
export interface Tools {
  /** Folders for the PATH. */
  readonly path: readonly string[];
  /** Variables without which they do not run. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The programs of a package of this machine's own suite, which may be scripts in Perl. */
export async function toolsOf(name: string): Promise<Tools> {
  const tree = await debianTool(await findMirror(), name);
  const perl = perlFolders(tree).join(':');
  return { path: await programFolders(tree), environment: { PERL5LIB: perl } };
}

/** A package of this machine's own suite, unpacked in the cache; its programs run from there as they are. */
export async function debianTool(mirror: Mirror, name: string): Promise<string> {
  const patchelf = await findPatchelf(mirror);
  return cached(`${mirror.suite}-${name}`, async (root, final) => {
    const suite = await debianSuite(mirror, mirror.suite);
    await unpack(suite.download, await suite.closure([name]), root);
    await bindPrograms(patchelf, root, final);
  });
}
