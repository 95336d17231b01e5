import { platform } from '#platform';
import { hasOwnPort } from '../build-command.ts';
import { byteOrderMarkLength } from '../byte-order-mark.ts';
import type { Command } from '../command.ts';
import { RuleError } from '../error.ts';
import type { NameLookup } from '../names.ts';
import { cachingServiceParser } from '../parse.ts';
import type { BadRule } from '../rule.ts';
import { parseRuleLine } from '../rule-line.ts';
import { InetEndpointReader } from './inet-endpoint.ts';
import type { AddCommand, RuleSink } from './rule-sink.ts';

/**
 * Reads a rule file from blocks of whole lines in UTF-8 and passes its rules to `sink`. Returns the lines that are not valid
 * rules.
 *
 * Nearly all lines of a large file have one of the forms
 *
 *     -A -t|-u A.B.C.D:PORT[ REST]
 *     -a -t|-u A.B.C.D:PORT -r A.B.C.D:PORT[ REST]
 *
 * and few differ in their rest. The first line with each rest goes through the parser for ordinary lines; from all others, only
 * the addresses and ports are read.
 */
export function readRuleFile<Template>(
  blocks: Iterable<Buffer>,
  names: NameLookup,
  sink: RuleSink<Template>,
): BadRule[] {
  const reader = new RuleReader(names, sink);
  for (const block of blocks) reader.read(block);
  return reader.errors;
}

/** The rest of a line after its addresses, including the line feed, and the template of all lines with this rest. */
interface Rest<Template> {
  readonly bytes: Uint8Array;
  readonly template: Template;
  /** Whether a server may have its own port; otherwise it uses the port of the service. */
  readonly hasOwnPort: boolean;
}

/** Limit of rests remembered for each form; rule files rarely have more. */
const maxRests = 256;

class RuleReader<Template> {
  readonly errors: BadRule[] = [];
  readonly #names: NameLookup;
  readonly #sink: RuleSink<Template>;
  readonly #toService = cachingServiceParser();
  #line = 0;
  // Indexed by form: the known rests by their text, and the one matched last.
  readonly #rests = Array.from({ length: formCount }, () => new Map<string, Rest<Template>>());
  readonly #latest: (Rest<Template> | undefined)[] = new Array(formCount).fill(undefined);
  readonly #endpoint = new InetEndpointReader();
  // Addresses and ports of the current line; those of a server are valid only if the line has a server.
  #serviceAddress = 0;
  #servicePort = 0;
  #serverAddress = 0;
  #serverPort = 0;

  constructor(names: NameLookup, sink: RuleSink<Template>) {
    this.#names = names;
    this.#sink = sink;
  }

  read(block: Buffer): void {
    let at = this.#line === 0 ? byteOrderMarkLength(block) : 0;
    while (at < block.length) {
      this.#line++;
      const next = this.readCopy(block, at);
      at = next > 0 ? next : this.#readLine(block, at);
    }
  }

  /** Reads a line whose form and rest are known. Returns the start of the next line, or 0 if the line is not of this kind. */
  readCopy(block: Buffer, start: number): number {
    const form = formAt(block, start);
    if (form < 0) return 0;
    const end = this.readAddresses(block, start, form);
    if (end === 0) return 0;
    const rest = this.restAt(block, end, form);
    if (!rest) return 0;
    const servicePort = this.#servicePort;
    const serverPort = rest.hasOwnPort ? this.#serverPort : servicePort;
    const { bytes, template } = rest;
    this.#sink.addCopy(
      this.#line,
      template,
      this.#serviceAddress,
      servicePort,
      this.#serverAddress,
      serverPort,
    );
    return end + bytes.length;
  }

  /** Reads the addresses and ports of a line. Returns their end, or 0 if they are not IPv4 addresses with ports. */
  readAddresses(block: Buffer, start: number, form: number): number {
    const endpoint = this.#endpoint;
    const end = endpoint.read(block, start + prefixLength);
    this.#serviceAddress = endpoint.address;
    this.#servicePort = endpoint.port;
    if (end === 0 || form < firstServerForm) return end;
    const isServerNext =
      block[end] === space && block[end + 1] === dash && block[end + 2] === r && block[end + 3] === space;
    if (!isServerNext) return 0;
    const serverEnd = endpoint.read(block, end + 4);
    this.#serverAddress = endpoint.address;
    this.#serverPort = endpoint.port;
    return serverEnd;
  }

  /** Returns the known rest that `block` contains at `at`, if any. */
  restAt(block: Buffer, at: number, form: number): Rest<Template> | undefined {
    const latest = this.#latest[form];
    if (latest && isAt(block, at, latest.bytes)) return latest;
    const lineEnd = block.indexOf(lineFeed, at);
    const found = lineEnd < 0 ? undefined : this.#rests[form]?.get(keyOf(block, at, lineEnd));
    if (found) this.#latest[form] = found;
    return found;
  }

  /** Reads any line. Returns the start of the next line. */
  #readLine(block: Buffer, start: number): number {
    const lineFeedAt = block.indexOf(lineFeed, start);
    const end = lineFeedAt < 0 ? block.length : lineFeedAt;
    const text = block.toString('utf8', start, end);
    const place = this.#line;
    try {
      const command = parseRuleLine(text, this.#names, this.#toService);
      if (command) {
        this.#sink.add({ place, command });
        if (lineFeedAt >= 0) this.#learn(block, start, lineFeedAt, command);
      }
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      this.errors.push({ place, text, error });
    }
    return end + 1;
  }

  /** Remembers the rest of a line if the line has one of the forms; `command` is the parsed line, which ends at `lineEnd`. */
  #learn(block: Buffer, start: number, lineEnd: number, command: Command): void {
    const form = formAt(block, start);
    const rests = this.#rests[form];
    if (!rests) return;
    const end = this.readAddresses(block, start, form);
    const isEndOfWord = end > 0 && blanks.includes(block[end] ?? 0);
    if (!isEndOfWord || !isAddCommand(command)) return;
    if (rests.size >= maxRests) rests.clear();
    rests.set(keyOf(block, end, lineEnd), {
      bytes: Buffer.from(block.subarray(end, lineEnd + 1)),
      template: this.#sink.templateOf(command),
      hasOwnPort: command.name === 'add-server' && hasOwnPort(command.settings.forwarding),
    });
  }
}

// Numbers of the forms: `-A -t`, `-A -u`, `-a -t`, `-a -u`.
const formCount = 4;
const firstServerForm = 2;
/** Bytes before the address of the service. */
const prefixLength = 6;

/** Returns the number of the form with which the line at `at` begins; -1 if it has none. */
function formAt(bytes: Uint8Array, at: number): number {
  const isForm = bytes[at] === dash && bytes[at + 2] === space && bytes[at + 3] === dash;
  if (!isForm || bytes[at + 5] !== space) return -1;
  const command = bytes[at + 1];
  const protocol = bytes[at + 4];
  if (protocol !== t && protocol !== u) return -1;
  if (command === a) return protocol === t ? 2 : 3;
  if (command === A) return protocol === t ? 0 : 1;
  return -1;
}

function isAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index++) {
    if (bytes[at + index] !== wanted[index]) return false;
  }
  return true;
}

/** Returns the bytes of a rest as a map key. */
function keyOf(block: Buffer, start: number, lineEnd: number): string {
  return block.toString('latin1', start, lineEnd);
}

function isAddCommand(command: Command): command is AddCommand {
  return (
    (command.name === 'add-service' || command.name === 'add-server') && command.service.kind === 'address'
  );
}

const lineFeed = 0x0a;
const space = 0x20;
const dash = 0x2d;
const A = 0x41;
const a = 0x61;
const r = 0x72;
const t = 0x74;
const u = 0x75;
/** Characters that end the word before a rest: tab, line feed, carriage return, space. */
const blanks: readonly number[] = [0x09, lineFeed, 0x0d, space];

platform.tuneForBulk(RuleReader, InetEndpointReader, formAt, isAt);
