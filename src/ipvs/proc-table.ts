import { parseHexAddress } from './hex-address.ts';
import type { AddressServiceId, DestinationId, ServiceId } from './model.ts';
import { readLineBlocks } from './proc-file.ts';

const tableFile = '/proc/net/ip_vs';
const arrow = '  -> ';
/** Blanks between a server's address and what else there is. */
const gap = 6;
const blank = 0x20;
const lineFeed = 0x0a;

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
  /** The lines of a service's servers, by {@link keyOf} the service; mostly in one piece. */
  readonly #lines = new Map<string, Buffer[]>();
  /** The latest service's. */
  #latest: Buffer[] = [];

  /** Of the file's text, in blocks of whole lines. */
  constructor(blocks: Iterable<Buffer>) {
    for (const block of blocks) this.#add(Buffer.from(block));
  }

  #add(block: Buffer): void {
    let first = 0;
    for (let start = 0; start < block.length; ) {
      const end = block.indexOf(lineFeed, start) + 1 || block.length;
      if (block[start] !== blank) {
        if (first < start) this.#latest.push(block.subarray(first, start));
        this.#latest = [];
        this.#lines.set(keyIn(block, start), this.#latest);
        first = end;
      }
      start = end;
    }
    if (first < block.length) this.#latest.push(block.subarray(first));
  }

  /**
   * The lines of a service's servers; `undefined` when the file does not have it. Services of firewall marks are not
   * looked for: the file does not tell their family.
   */
  linesOf(id: ServiceId): Buffer | undefined {
    const pieces = id.kind === 'fwmark' ? undefined : this.#lines.get(keyOf(id));
    return pieces?.length === 1 ? pieces[0] : pieces && Buffer.concat(pieces);
  }

  /** The same, read. */
  serversOf(id: ServiceId): DestinationLine[] | undefined {
    const lines = this.linesOf(id)?.toString('latin1').split('\n');
    // Behind the last line feed there is nothing.
    return lines?.slice(0, -1).map(parseLine);
  }
}

/** The table of this network namespace; `undefined` where the file cannot be read. */
export function readProcTable(path = tableFile): ProcTable | undefined {
  try {
    return new ProcTable(readLineBlocks(path));
  } catch {
    return undefined;
  }
}

/** What the line of a service that starts there begins with: the protocol, two blanks, address and port. */
function keyIn(block: Buffer, start: number): string {
  const address = block.indexOf(blank, start) + 2;
  return block.toString('latin1', start, block.indexOf(blank, address));
}

/** What the line of a service begins with. */
function keyOf({ protocol, address: { family, bytes }, port }: AddressServiceId): string {
  let host = '';
  for (let at = 0; at < bytes.length; at++) {
    if (family === 'inet6' && at > 0 && at % 2 === 0) host += ':';
    host += hexadecimal[bytes[at] ?? 0];
  }
  if (family === 'inet6') host = `[${host.toLowerCase()}]`;
  return `${protocol.toUpperCase()}  ${host}:${hexadecimal[port >> 8]}${hexadecimal[port & 0xff]}`;
}

/** Bytes in two digits, of which the letters are capitals. */
const hexadecimal = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).toUpperCase().padStart(2, '0'),
);

function parseLine(line: string): DestinationLine {
  const blank = line.indexOf(' ', arrow.length);
  return { id: parseEndpoint(line.slice(arrow.length, blank)), columns: line.slice(blank + gap) };
}

function parseEndpoint(text: string): DestinationId {
  const colon = text.lastIndexOf(':');
  const host = text.startsWith('[') ? text.slice(1, colon - 1) : text.slice(0, colon);
  return { address: parseHexAddress(host), port: Number.parseInt(text.slice(colon + 1), 16) };
}
