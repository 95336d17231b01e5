import { which } from '../lab/child.ts';
import { findMirror } from '../lab/debian/mirror.ts';
import { debianTool } from '../lab/debian/tool.ts';
import { program } from '../lab/debian/tree.ts';
import { LabUnavailable } from '../lab/unavailable.ts';

/** Where mandoc(1) is: this machine's, or Debian's from the lab's cache. */
export const mandoc: string | undefined = await findMandoc();

/** Options of tests that need mandoc. Where it must be there (in CI), they run and fail without it. */
export const withMandoc = {
  skip: mandoc || process.env.CI ? false : 'There is no mandoc, and no Debian archive to fetch it from.',
} as const;

async function findMandoc(): Promise<string | undefined> {
  const installed = await which('mandoc');
  if (installed) return installed;
  try {
    return await program(await debianTool(await findMirror(), 'mandoc'), 'mandoc');
  } catch (error) {
    if (error instanceof LabUnavailable) return undefined;
    throw error;
  }
}
