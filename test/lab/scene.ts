import type { World } from './world.ts';

/** Machines that a shell can be given on, one of which is called `director` and another `client`. */
export interface Scene {
  readonly world: World;
  /** The machines beside the director. */
  readonly machines: readonly string[];
  /** Lines to begin with, each at most 80 columns long. */
  readonly greeting: readonly string[];
  /** The page that the shell's `visit` fetches, if there is one. */
  readonly url: string | undefined;
}
