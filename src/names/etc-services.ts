import type { Protocol } from '../ipvs/model.ts';
import { textIfThere } from './text-if-there.ts';

/**
 * The names of ports in `/etc/services` (services(5)). The file is read at the first lookup; without the file no port has a
 * name. The first of several entries wins, as with getservbyport(3); if its name is not UTF-8, the port has none.
 */
export class PortNames {
  #names: ReturnType<typeof parseServices> | undefined;
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
    this.#names ??= parseServices(textIfThere(this.#path));
    return this.#names;
  }
}

/** Parses lines as glibc does, in bytes: a NUL ends a line like `#`, and only the blanks of ASCII separate words. */
function parseServices(text: string) {
  const byName = new Map<string, number>();
  const byPort = new Map<string, string | undefined>();
  for (const line of text.split('\n')) {
    const [name, entry = '', ...aliases] = (line.split(/[#\0]/)[0] ?? '')
      .split(/[ \t\r\v\f]+/)
      .filter(Boolean);
    const [, number = '', protocol] = /^([^/]*)\/+(.+)$/s.exec(entry) ?? [];
    const port = parsePort(number);
    if (!name || port === undefined || !protocol) continue;
    for (const known of [name, ...aliases]) {
      // Names in another encoding than UTF-8 could not be told apart.
      if (isUtf8(known) && !byName.has(`${known}/${protocol}`)) byName.set(`${known}/${protocol}`, port);
    }
    if (!byPort.has(`${port}/${protocol}`))
      byPort.set(`${port}/${protocol}`, isUtf8(name) ? name : undefined);
  }
  return { byName, byPort };
}

function isUtf8(name: string): boolean {
  return !name.includes('\ufffd');
}

/**
 * Parses a port as glibc does (tested against getservbyname(3) of glibc 2.36): in decimal, octal or hexadecimal digits, at most
 * 32 bits, of which the lower 16 count.
 */
function parsePort(text: string): number | undefined {
  const digits = /^\+?(0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const number = /^0[0-7]/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return number > 0xffffffff ? undefined : number & 0xffff;
}
