import { buildDirectRouting } from './direct-routing.ts';
import type { World } from './world.ts';

/** A world to try things in: `npm run lab -- NAME` gives a shell on its director. */
export interface Lesson {
  /** What it is about, in a few words. */
  readonly title: string;
  /** Builds the machines, one of which is called `director` and another `client`. */
  build(): Promise<Scene>;
}

/** A lesson's world, ready to be entered. */
export interface Scene {
  readonly world: World;
  readonly machines: readonly string[];
  /** Lines to begin with, each at most 80 columns long. */
  readonly greeting: readonly string[];
  /** The page that the shell's `visit` fetches. */
  readonly url: string;
}

/** The lessons by name; the first is the default. */
export const lessons: Readonly<Record<string, Lesson>> = {
  dr: { title: 'direct routing (LVS-DR)', build: directRouting },
};

async function directRouting(): Promise<Scene> {
  const { world, vip, servers } = await buildDirectRouting();
  const [first] = servers;
  return {
    world,
    machines: ['client', ...servers.map(({ name }) => name)],
    greeting: [
      `The virtual address is ${vip}; ${servers.map(({ name, address }) => `${name} is ${address}`).join(', ')}.`,
      'Try:',
      `  ipvsadm -A -t ${vip}:80 -s rr`,
      `  ipvsadm -a -t ${vip}:80 -r ${first?.address}:80 -g`,
      '  ipvsadm -Ln',
    ],
    url: `http://${vip}/`,
  };
}
