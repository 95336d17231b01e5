import { which } from '../lab/child.ts';
import { findMirror } from '../lab/debian/mirror.ts';
import { debianTool } from '../lab/debian/tool.ts';
import { program } from '../lab/debian/tree.ts';
import { LabUnavailable } from '../lab/unavailable.ts';

/** Path of mandoc(1): the installed one, or else Debian's from the lab's cache. */
export const mandoc: string | undefined = await findMandoc();

/** Options of tests that need mandoc. In CI, where it is required, the tests run, and fail without it. */
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
