import { parseHexAddress } from './hex-address.ts';
import type { AddressServiceId, DestinationId, ServiceId } from './model.ts';
import { readLineBlocks } from './proc-file.ts';
import { isTransportProtocol, type TransportProtocol } from './protocol.ts';
import type { Line } from './table.ts';

const tableFile = '/proc/net/ip_vs';
const arrow = '  -> ';
/** Blanks between a server's address and what else there is. */
const gap = 6;
const blank = 0x20;
const lineFeed = 0x0a;
/** Of nearly all lines of servers, with their line feed: IPv4 ones whose numbers fit into their columns. None is shorter. */
const usualLine = 61;

/**
 * The table as `/proc/net/ip_vs` has it (`net/netfilter/ipvs/ip_vs_ctl.c`). The kernel writes a service and its servers
 * in one piece, so no server stands under another service, whatever changes meanwhile; a whole service may be missed
 * then.
 */
export class ProcTable {
  /** The lines of a service's servers, by {@link keyOf} the service; mostly in one piece. */
  readonly #lines = new Map<Key, Buffer[]>();
  /** The latest service's. */
  #latest: Buffer[] = [];

  /** Of the file's text, in blocks of whole lines. */
  constructor(blocks: Iterable<Buffer>) {
    for (const block of blocks) this.#add(Buffer.from(block));
  }

  #add(block: Buffer): void {
    let first = 0;
    for (let start = 0; start < block.length; ) {
      if (block[start] === blank) {
        start = endOfServer(block, start);
        continue;
      }
      if (first < start) this.#latest.push(block.subarray(first, start));
      this.#latest = [];
      this.#lines.set(keyIn(block, start), this.#latest);
      start = endOfLine(block, start);
      first = start;
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

  /**
   * The same, read: behind each server's address and port stand forwarding method, weight, active and inactive connections,
   * 7, 6, 10 and 10 columns wide, with blanks between.
   */
  serversOf(id: ServiceId): Line<DestinationId>[] | undefined {
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

/** Where the line of a server that starts there ends, with its line feed. */
export function endOfServer(block: Buffer, start: number): number {
  const end = start + usualLine;
  return block[end - 1] === lineFeed ? end : endOfLine(block, start);
}

/** The same of any line. */
function endOfLine(block: Buffer, start: number): number {
  return block.indexOf(lineFeed, start) + 1 || block.length;
}

/** What tells services apart, most of IPv4 by a number: protocol, address and port in 2, 32 and 16 bits. */
type Key = number | string;

/** Two bits that stand for a protocol in a key. */
const protocolBits: Record<TransportProtocol, number> = { tcp: 0, udp: 1, sctp: 2 };

/** The key of a service whose line starts there: protocol, two blanks or one, address, colon and port. */
function keyIn(block: Buffer, start: number): Key {
  let address = block.indexOf(blank, start);
  const protocol = block.toString('latin1', start, address).toLowerCase();
  while (block[address] === blank) address++;
  const end = block.indexOf(blank, address);
  const text = block.toString('latin1', address, end);
  if (!isTransportProtocol(protocol) || text.length !== inetLength) return `${protocol} ${text}`;
  const port = Number.parseInt(text.slice(inetLength - 4), 16);
  return inetKey(protocol, Number.parseInt(text.slice(0, 8), 16), port);
}

/** Of `0A000001:0050`. */
const inetLength = 13;

function keyOf({ protocol, address, port }: AddressServiceId): Key {
  const isInet = address.family === 'inet';
  if (isInet && isTransportProtocol(protocol)) return inetKey(protocol, address.word(0) >>> 0, port);
  const digits = Buffer.from(address.bytes).toString('hex');
  const host = isInet ? digits.toUpperCase() : `[${digits.match(/..../g)?.join(':')}]`;
  return `${protocol} ${host}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}

function inetKey(protocol: TransportProtocol, address: number, port: number): number {
  return (protocolBits[protocol] * 2 ** 32 + address) * 2 ** 16 + port;
}

function parseLine(line: string): Line<DestinationId> {
  const blank = line.indexOf(' ', arrow.length);
  return { id: parseEndpoint(line.slice(arrow.length, blank)), text: line.slice(blank + gap) };
}

function parseEndpoint(text: string): DestinationId {
  const colon = text.lastIndexOf(':');
  const host = text.startsWith('[') ? text.slice(1, colon - 1) : text.slice(0, colon);
  return { address: parseHexAddress(host), port: Number.parseInt(text.slice(colon + 1), 16) };
}
