import type { World } from './world.ts';

/** The machines around a shell, and what the shell shows first. One machine is called `client`. */
export interface Scene {
  readonly world: World;
  /** The machine on which the shell runs; `director` by default. */
  readonly desk?: string;
  /** The other machines. */
  readonly machines: readonly string[];
  /** Lines to print first, each at most 80 columns long. */
  readonly greeting: readonly string[];
  /** The page that the shell's `visit` fetches, if there is one. */
  readonly url: string | undefined;
}
