import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { binFolderOf, builds } from '../lab/project.ts';

/** A program that is timed; the others are compared with the first of {@link programs}. */
export interface Program {
  readonly name: string;
  readonly path: string;
}

/** The reference, and those of our builds that exist. */
export const programs: readonly Program[] = [
  { name: 'reference', path: process.env.IPVSADM_REFERENCE ?? 'ipvsadm' },
  ...builds
    .map((build) => ({ name: build, path: join(binFolderOf(build), 'ipvsadm') }))
    .filter(({ path }) => existsSync(path)),
];
