import { parseHexAddress } from './hex-address.ts';
import type { AddressServiceId, DestinationId, ServiceId } from './model.ts';
import { readLineBlocks } from './proc-file.ts';

const tableFile = '/proc/net/ip_vs';
const arrow = '  -> ';
/** Blanks between a server's address and what else there is. */
const gap = 6;

/** A real server as its line in `/proc/net/ip_vs` has it. */
export interface DestinationLine {
  readonly id: DestinationId;
  /** Forwarding method, weight, active and inactive connections: 7, 6, 10 and 10 columns wide, with blanks between. */
  readonly columns: string;
}

/**
 * The table as `/proc/net/ip_vs` has it (`net/netfilter/ipvs/ip_vs_ctl.c`). The kernel writes a service and its servers
 * in one piece, so no server stands under another service, whatever changes meanwhile; a whole service may be missed
 * then.
 */
export class ProcTable {
  readonly #text: string;
  /** Where in the text the lines of a service's servers start, by the first two words of its own line. */
  readonly #starts = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
    for (const { index, 0: line, 1: key } of text.matchAll(/^((?:TCP|UDP|SCTP) +\S+).*\n/gm)) {
      if (key) this.#starts.set(key.replace(/ +/, ' '), index + line.length);
    }
  }

  /**
   * The real servers of a service; `undefined` when the file does not have it. Services of firewall marks are not
   * looked for: the file does not tell their family.
   */
  serversOf(id: ServiceId): DestinationLine[] | undefined {
    const start = id.kind === 'fwmark' ? undefined : this.#starts.get(keyOf(id));
    if (start === undefined) return undefined;
    const servers: DestinationLine[] = [];
    for (let at = start; this.#text.startsWith(arrow, at); ) {
      const from = at + arrow.length;
      const blank = this.#text.indexOf(' ', from);
      const end = this.#text.indexOf('\n', blank);
      const id = parseEndpoint(this.#text.slice(from, blank));
      servers.push({ id, columns: this.#text.slice(blank + gap, end) });
      at = end + 1;
    }
    return servers;
  }
}

/** The table of this network namespace; `undefined` where the file cannot be read. */
export function readProcTable(path = tableFile): ProcTable | undefined {
  try {
    let text = '';
    for (const block of readLineBlocks(path)) text += block.toString('latin1');
    return new ProcTable(text);
  } catch {
    return undefined;
  }
}

/** The first two words of a service's line. */
function keyOf({ protocol, address: { family, bytes }, port }: AddressServiceId): string {
  const hex = Buffer.from(bytes).toString('hex');
  const host = family === 'inet' ? hex.toUpperCase() : `[${hex.replace(/....(?=.)/g, '$&:')}]`;
  return `${protocol.toUpperCase()} ${host}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}

function parseEndpoint(text: string): DestinationId {
  const colon = text.lastIndexOf(':');
  const host = text.startsWith('[') ? text.slice(1, colon - 1) : text.slice(0, colon);
  return { address: parseHexAddress(host), port: Number.parseInt(text.slice(colon + 1), 16) };
}
