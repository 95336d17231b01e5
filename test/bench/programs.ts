import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { binFolderOf, builds } from '../lab/project.ts';

/** A program that is timed; the first of {@link programs} is what the others are held against. */
export interface Program {
  readonly name: string;
  readonly path: string;
}

/** The reference, and our builds that there are. */
export const programs: readonly Program[] = [
  { name: 'reference', path: process.env.IPVSADM_REFERENCE ?? 'ipvsadm' },
  ...builds
    .map((build) => ({ name: build, path: join(binFolderOf(build), 'ipvsadm') }))
    .filter(({ path }) => existsSync(path)),
];
