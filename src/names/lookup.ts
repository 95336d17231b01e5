import type { Address } from '../ipvs/address.ts';
import type { NameLookup } from '../rules/names.ts';
import { PortNames } from './etc-services.ts';
import { resolveHosts } from './hosts.ts';

/**
 * Runs `parse` with a lookup of the system's names, and again as long as it asks for unresolved hosts, which are resolved
 * in parallel between the runs. Returns the result of the last run, or throws its error.
 */
export async function withNames<T>(parse: (names: NameLookup) => T): Promise<T> {
  let ports: PortNames | undefined;
  const known = new Map<string, Address | undefined>();
  for (;;) {
    const wanted = new Set<string>();
    const result = attempt(() =>
      parse({
        host(name) {
          if (!known.has(name)) wanted.add(name);
          return known.get(name);
        },
        port(name, protocol) {
          ports ??= new PortNames();
          return ports.port(name, protocol);
        },
      }),
    );
    if (wanted.size === 0) return result();
    const found = await resolveHosts(wanted);
    for (const name of wanted) known.set(name, found.get(name));
  }
}

/** Runs `task` now, and returns a function that returns its result or throws its error. */
function attempt<T>(task: () => T): () => T {
  try {
    const value = task();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
