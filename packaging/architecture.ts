import { Option } from 'commander';

/** The architectures that can be built for, by Node's names. */
export const architectureNames = ['x64', 'arm64'] as const;
export type Architecture = (typeof architectureNames)[number];

/** The runtime's package for each architecture, and the architecture's names in Debian and Red Hat. */
export const architectures: Readonly<
  Record<Architecture, { runtime: string; debian: string; redhat: string }>
> = {
  x64: { runtime: '@oven/bun-linux-x64', debian: 'amd64', redhat: 'x86_64' },
  arm64: { runtime: '@oven/bun-linux-aarch64', debian: 'arm64', redhat: 'aarch64' },
};

/** Values of the option `--arch`. */
export type ArchitectureWord = Architecture | 'this';

/** Returns the option `--arch`, which names architectures to build for: `defaults` if it is not given. */
export function architectureOption(defaults: readonly Architecture[]): Option {
  return new Option('--arch <names...>', 'architectures to build for; "this" means the one of this machine')
    .choices([...architectureNames, 'this'])
    .default(defaults);
}

/** Returns the architectures of these names, each of them once. */
export function architecturesNamed(wanted: readonly ArchitectureWord[]): Architecture[] {
  return architectureNames.filter(
    (name) => wanted.includes(name) || (name === process.arch && wanted.includes('this')),
  );
}
