import type { Protocol } from '../ipvs/model.ts';

/**
 * The names of ports in `/etc/services` (services(5)). The file is read at the first lookup; without the file no port has a
 * name. The first of several entries wins, as with getservbyport(3).
 */
export class PortNames {
  #names: { readonly byName: Map<string, number>; readonly byPort: Map<string, string> } | undefined;
  readonly #path: string;

  constructor(path = '/etc/services') {
    this.#path = path;
  }

  /** Returns the port of the service `name` over `protocol`. */
  port(name: string, protocol: Protocol): number | undefined {
    return this.#load().byName.get(`${name}/${protocol}`);
  }

  /** Returns the name of a port over `protocol`. */
  name(port: number, protocol: Protocol): string | undefined {
    return this.#load().byPort.get(`${port}/${protocol}`);
  }

  #load() {
    this.#names ??= parseServices(readIfThere(this.#path));
    return this.#names;
  }
}

function parseServices(text: string) {
  const byName = new Map<string, number>();
  const byPort = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [name, entry, ...aliases] = (line.split('#')[0] ?? '').split(/\s+/).filter(Boolean);
    const [port, protocol] = entry?.split('/') ?? [];
    if (!name || !port || !protocol) continue;
    for (const known of [name, ...aliases]) {
      if (!byName.has(`${known}/${protocol}`)) byName.set(`${known}/${protocol}`, Number(port));
    }
    if (!byPort.has(`${port}/${protocol}`)) byPort.set(`${port}/${protocol}`, name);
  }
  return { byName, byPort };
}

function readIfThere(path: string): string {
  try {
    return process.getBuiltinModule('node:fs').readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
