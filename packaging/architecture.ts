/** What can be built: the package of the runtime, and what Debian calls the architecture. */
export const architectures = {
  x64: { runtime: '@oven/bun-linux-x64', debian: 'amd64' },
  arm64: { runtime: '@oven/bun-linux-aarch64', debian: 'arm64' },
} as const;
export type Architecture = keyof typeof architectures;

/** The architectures of these names, of which `this` is that of this machine; throws where there is none of a name. */
export function architecturesNamed(names: readonly string[]): readonly Architecture[] {
  const wanted = names.map((name) => (name === 'this' ? process.arch : name));
  const known = (Object.keys(architectures) as Architecture[]).filter((name) => wanted.includes(name));
  const unknown = wanted.find((name) => !known.includes(name as Architecture));
  if (unknown !== undefined) throw new Error(`there is no architecture ${unknown}`);
  return known;
}
