import type { World } from './world.ts';

/** Machines on which a shell can run, one of which is called `client`. */
export interface Scene {
  readonly world: World;
  /** The machine that the shell is on; `director` by default. */
  readonly desk?: string;
  /** The other machines. */
  readonly machines: readonly string[];
  /** Lines that are printed first, each at most 80 columns long. */
  readonly greeting: readonly string[];
  /** The page that the shell's `visit` fetches, if there is one. */
  readonly url: string | undefined;
}
