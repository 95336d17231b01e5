import type { ServiceRows } from './codec/service-rows.ts';
import { IPPROTO_SCTP, IPPROTO_TCP, IPPROTO_UDP } from './constants.ts';
import { hexHalfWord, hexWord, parseHexAddress } from './hex-address.ts';
import type { DestinationId } from './model.ts';
import { readLineBlocks } from './proc-file.ts';
import type { Line } from './table.ts';

const tableFile = '/proc/net/ip_vs';
const arrow = '  -> ';
/** Blanks between a server's address and what else there is. */
const gap = 6;
const blank = 0x20;
const lineFeed = 0x0a;
const colon = 0x3a;
/** Of nearly all lines of servers, with their line feed: IPv4 ones whose numbers fit into their columns. None is shorter. */
const usualLine = 61;

/**
 * The table as `/proc/net/ip_vs` has it (`net/netfilter/ipvs/ip_vs_ctl.c`). The kernel writes a service and its servers
 * in one piece, so no server stands under another service, whatever changes meanwhile; a whole service may be missed
 * then.
 */
export class ProcTable {
  /** The lines that {@link turnTo} has found: bytes of `block` from `start` to `end`. */
  block: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  /** The numbers of services, in the order of the file. */
  readonly #numbers = new Map<Key, number>();
  // By that number: where the lines of its servers are.
  readonly #blocks: Buffer[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  /** What there is of them in further blocks. */
  readonly #continued = new Map<number, Buffer[]>();

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
      this.#addServers(block, first, start);
      const key = keyIn(block, start);
      start = endOfLine(block, start);
      first = start;
      this.#numbers.set(key, this.#blocks.length);
      this.#blocks.push(block);
      this.#starts.push(start);
      this.#ends.push(start);
    }
    this.#addServers(block, first, block.length);
  }

  /** Notes lines of servers of the latest service. */
  #addServers(block: Buffer, start: number, end: number): void {
    const service = this.#blocks.length - 1;
    if (start === end || service < 0) return;
    if (this.#blocks[service] === block) {
      this.#ends[service] = end;
      return;
    }
    const continued = this.#continued.get(service) ?? [];
    continued.push(block.subarray(start, end));
    this.#continued.set(service, continued);
  }

  /**
   * Looks for the lines of the servers of the service in a row. `false` when the file does not have it. Services of firewall
   * marks are not looked for: the file does not tell their family.
   */
  turnTo(services: ServiceRows, row: number): boolean {
    const key = keyOf(services, row);
    const service = key === undefined ? undefined : this.#numbers.get(key);
    if (service === undefined) return false;
    this.block = this.#blocks[service] ?? this.block;
    this.start = this.#starts[service] ?? 0;
    this.end = this.#ends[service] ?? 0;
    const continued = this.#continued.get(service);
    if (continued) {
      this.block = Buffer.concat([this.block.subarray(this.start, this.end), ...continued]);
      this.start = 0;
      this.end = this.block.length;
    }
    return true;
  }

  /**
   * The same, read: behind each server's address and port stand forwarding method, weight, active and inactive connections,
   * 7, 6, 10 and 10 columns wide, with blanks between.
   */
  servers(services: ServiceRows, row: number): Line<DestinationId>[] | undefined {
    if (!this.turnTo(services, row)) return undefined;
    const lines = this.block.toString('latin1', this.start, this.end).split('\n');
    // Behind the last line feed there is nothing.
    return lines.slice(0, -1).map(parseLine);
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
export function endOfServer(block: Uint8Array, start: number): number {
  const end = start + usualLine;
  return block[end - 1] === lineFeed ? end : endOfLine(block, start);
}

/** The same of any line. */
function endOfLine(block: Uint8Array, start: number): number {
  return block.indexOf(lineFeed, start) + 1 || block.length;
}

/** What tells services apart, most of IPv4 by a number: protocol, address and port in 2, 32 and 16 bits. */
type Key = number | string;

/** Two bits that stand for a protocol in a key: by its number, and by the letter that the kernel's name of it begins with. */
const bitsByNumber = new Map([
  [IPPROTO_TCP, 0],
  [IPPROTO_UDP, 1],
  [IPPROTO_SCTP, 2],
]);
const bitsByInitial = new Map([...'TUS'].map((initial, bits) => [initial.charCodeAt(0), bits]));

/** The key of a service whose line starts there: protocol, two blanks or one, address, colon and port. */
function keyIn(block: Buffer, start: number): Key {
  let address = block.indexOf(blank, start);
  while (block[address] === blank) address++;
  const bits = bitsByInitial.get(block[start] ?? 0);
  const isInet = block[address + portAt - 1] === colon && block[address + portAt + 4] === blank;
  if (bits !== undefined && isInet) {
    return inetKey(bits, hexWord(block, address), hexHalfWord(block, address + portAt));
  }
  const name = block.toString('latin1', start, block.indexOf(blank, start)).toLowerCase();
  return `${name} ${block.toString('latin1', address, block.indexOf(blank, address))}`;
}

/** Where the port stands in `0A000001:0050`. */
const portAt = 9;

/** The same of a service in a row; none has that of a firewall mark. */
function keyOf(services: ServiceRows, row: number): Key | undefined {
  const bits = bitsByNumber.get(services.protocolNumber(row));
  if (bits !== undefined && services.isInet(row)) {
    return inetKey(bits, services.addressWord(row, 0), services.port(row));
  }
  const { id } = services.at(row);
  if (id.kind === 'fwmark') return undefined;
  const digits = Buffer.from(id.address.bytes).toString('hex');
  const host = id.address.family === 'inet' ? digits.toUpperCase() : `[${digits.match(/..../g)?.join(':')}]`;
  return `${id.protocol} ${host}:${id.port.toString(16).toUpperCase().padStart(4, '0')}`;
}

function inetKey(protocolBits: number, address: number, port: number): number {
  return (protocolBits * 2 ** 32 + (address >>> 0)) * 2 ** 16 + port;
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
