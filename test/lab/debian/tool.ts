import { cached } from '../cache.ts';
import { bindPrograms, findPatchelf } from './elf.ts';
import type { Mirror } from './mirror.ts';
import { unpack } from './packages.ts';
import { debianSuite } from './suite.ts';

/** A package of this machine's own suite, unpacked in the cache; its programs run from there as they are. */
export async function debianTool(mirror: Mirror, name: string): Promise<string> {
  const patchelf = await findPatchelf(mirror);
  return cached(`${mirror.suite}-${name}`, async (root, final) => {
    const suite = await debianSuite(mirror, mirror.suite);
    await unpack(suite.download, await suite.closure([name]), root);
    await bindPrograms(patchelf, root, final);
  });
}
