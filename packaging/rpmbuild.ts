import { join } from 'node:path';
import { which } from '../test/lab/child.ts';
import { findDebianMirror } from '../test/lab/debian/mirror.ts';
import { debianTool } from '../test/lab/debian/tool.ts';

/** A program, and the environment that it needs. */
export interface Program {
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Returns this machine's rpmbuild, or Debian's from the lab's cache. */
export async function findRpmbuild(): Promise<Program> {
  const installed = await which('rpmbuild');
  if (installed) return { file: installed, env: process.env };
  const tree = await debianTool(await findDebianMirror(), 'rpm');
  return {
    file: join(tree, 'usr/bin/rpmbuild'),
    env: { ...process.env, RPM_CONFIGDIR: join(tree, 'usr/lib/rpm') },
  };
}
