import { platform } from '#platform';
import {
  type DestinationArray,
  DestinationField,
  serverSettings,
} from '../../ipvs/bulk/destination-array.ts';
import type { NumberArray } from '../../ipvs/bulk/number-array.ts';
import type { ServerRange } from '../../ipvs/bulk/read.ts';
import {
  addressAt,
  type ServiceArray,
  ServiceField,
  serviceSettings,
} from '../../ipvs/bulk/service-array.ts';
import { formatEndpoint } from '../../ipvs/endpoint.ts';
import { protocolOf } from '../../ipvs/protocol.ts';
import { littleEndian } from '../../netlink/byte-order.ts';
import { AF_INET } from '../../netlink/constants.ts';
import { type Cell, serverCell, serviceCell, writeLongCounter } from './cells.ts';
import {
  blanks,
  colon,
  copyBytes,
  LineBuffer,
  lineFeed,
  octetLengths,
  octets,
  PackedText,
  writeDecimal,
  zero,
} from './line-buffer.ts';
import type { LineForm } from './line-form.ts';
import { orderServers } from './order.ts';
import { SettingsTexts } from './settings-texts.ts';

/** Maximum length of a line in bytes. */
const maxLineBytes = 1024;

/** Bytes of lines that are passed on in one piece. */
const chunkBytes = 64 * 1024;

const noServers: ServerRange = { start: 0, end: 0 };

/** Services or servers, and the format of their lines after the start. */
interface Kind {
  readonly entries: NumberArray;
  /** Indices of address and port in an entry. */
  readonly address: number;
  readonly port: number;
  /** Minimum width of the column of names. */
  readonly width: number;
  readonly texts: SettingsTexts;
  readonly cells: readonly Cell[];
}

/** Line starts for services of one protocol, and for their servers. */
interface Starts {
  readonly ofService: PackedText;
  readonly ofServers: PackedText;
}

/** Writes a table with numeric addresses, a few services with their servers at a time. */
export class TableLines extends LineBuffer {
  readonly #form: LineForm;
  readonly #emit: (lines: Uint8Array) => void;
  readonly #serviceArray: ServiceArray;
  readonly #serverArray: DestinationArray;
  readonly #services: Kind;
  readonly #servers: Kind;
  /** Line starts by protocol number. */
  readonly #starts = new Map<number, Starts>();
  readonly #link: PackedText;
  readonly #linkedStart = new PackedText('', maxLineBytes);

  /** @param emit Receives lines, as bytes that are valid until it returns. */
  constructor(
    form: LineForm,
    services: ServiceArray,
    servers: DestinationArray,
    emit: (lines: Uint8Array) => void,
  ) {
    super(chunkBytes + 16 * 1024);
    this.#form = form;
    this.#emit = emit;
    this.#serviceArray = services;
    this.#serverArray = servers;
    const { serviceText, serviceColumns, serverText, serverColumns, exact } = form;
    this.#link = new PackedText(form.serverLink ?? '');
    this.#services = {
      entries: services.entries,
      address: ServiceField.address,
      port: ServiceField.port,
      width: form.serviceWidth,
      texts: new SettingsTexts(serviceSettings, (base) =>
        serviceText(services.id(base), services.settings(base)),
      ),
      cells: serviceColumns.map((column) => serviceCell(column, exact)),
    };
    this.#servers = {
      entries: servers.entries,
      address: DestinationField.address,
      port: DestinationField.port,
      width: form.serverWidth,
      texts: new SettingsTexts(serverSettings, (base) => serverText(servers.settings(base))),
      cells: serverColumns.map((column) => serverCell(column, exact)),
    };
  }

  /** Writes the services with the given indices, each with its servers; `ranges` locates the servers, in the same order. */
  write(services: readonly number[], ranges: readonly ServerRange[], sorted: boolean): void {
    const servers = this.#servers;
    for (let index = 0; index < services.length; index++) {
      const { start: first, end } = ranges[index] ?? noServers;
      const order = sorted ? orderServers(this.#serverArray, first, end) : undefined;
      this.reserve(maxLineBytes * (end - first + 1));
      const { numbers, width } = this.#services.entries;
      const base = (services[index] as number) * width;
      const { ofService, ofServers } = this.#startsOf(numbers, base);
      const nameStart = this.length + ofService.length;
      const name = this.#serviceName(numbers, base);
      let to = this.writeLine(this.length, ofService, this.#services, base, name);
      const start =
        this.#form.serverLink === undefined ? ofServers : this.#linkTo(ofServers, base, nameStart, to);
      const { entries } = servers;
      for (let place = first; place < end; place++) {
        let server = place;
        if (order === 'reversed') server = end - 1 - (place - first);
        else if (order) server = order[place - first] as number;
        const at = server * entries.width;
        const isInet = entries.numbers[at + DestinationField.family] === AF_INET;
        to = this.writeLine(to, start, servers, at, isInet ? undefined : inet6Name(servers, at));
      }
      this.length = to;
      if (to >= chunkBytes) this.#emit(this.take());
    }
  }

  /** Passes on the remaining lines. */
  finish(): void {
    this.#emit(this.take());
  }

  /**
   * Writes the line of an entry at `at`, where there must be room, and returns the end offset. `name` is the name of the entry;
   * `undefined` if it consists of its IPv4 address and port.
   */
  private writeLine(
    at: number,
    start: PackedText,
    { entries, address, port, width, texts, cells }: Kind,
    base: number,
    name: string | undefined,
  ): number {
    const { bytes, view } = this;
    const { numbers } = entries;
    let to = at;
    // Nearly all work for a line is inlined here, as both runtimes compile functions several times, inside each other.
    for (let index = 0; index < start.length; index += 4)
      view.setInt32(to + index, start.numbers[index >> 2] as number, littleEndian);
    to += start.length;
    const nameEnd = to + width;
    if (name === undefined) {
      const inet = numbers[base + address] as number;
      for (let shift = 24; shift >= 0; shift -= 8) {
        const octet = (inet >>> shift) & 255;
        view.setInt32(to, octets[octet] as number, littleEndian);
        to += octetLengths[octet] as number;
      }
      bytes[to - 1] = colon;
      to = writeDecimal(bytes, to, numbers[base + port] as number);
    } else {
      for (let index = 0; index < name.length; index++) bytes[to++] = name.charCodeAt(index);
    }
    if (to < nameEnd) {
      for (let pad = to; pad < nameEnd; pad += 4) view.setInt32(pad, blanks);
      to = nameEnd;
    }
    const text = texts.find(numbers, base);
    for (let index = 0; index < text.length; index += 4)
      view.setInt32(to + index, text.numbers[index >> 2] as number, littleEndian);
    to += text.length;
    for (let index = 0; index < cells.length; index++) {
      const cell = cells[index] as Cell;
      const { column, highColumn } = cell;
      let rest = (numbers[base + column] as number) >>> 0;
      if (rest >= cell.cutFrom || (highColumn !== column && numbers[base + highColumn] !== 0)) {
        to = writeLongCounter(bytes, to, numbers, base, cell);
        continue;
      }
      let digits = 1;
      for (let limit = 10; rest >= limit; limit *= 10) digits++;
      const end = to + 1 + Math.max(digits, cell.width);
      const first = cell.isRight ? end - digits : to + 1;
      for (let pad = to; pad < end; pad += 4) view.setInt32(pad, blanks);
      for (to = first + digits; to > first; ) {
        const tenth = (rest / 10) >>> 0;
        bytes[--to] = zero + rest - 10 * tenth;
        rest = tenth;
      }
      to = end;
    }
    bytes[to] = lineFeed;
    return to + 1;
  }

  /** Returns the line starts for the service whose entry begins at `base`, and for its servers. */
  #startsOf(numbers: Int32Array, base: number): Starts {
    // Protocol 0, which no service has, represents firewall marks.
    const number = numbers[base + ServiceField.fwmark]
      ? 0
      : (numbers[base + ServiceField.protocol] as number);
    const known = this.#starts.get(number);
    if (known) return known;
    const protocol = number === 0 ? undefined : protocolOf(number);
    const { serviceStart, serverStart } = this.#form;
    const starts = {
      ofService: new PackedText(serviceStart(protocol)),
      ofServers: new PackedText(serverStart(protocol)),
    };
    this.#starts.set(number, starts);
    return starts;
  }

  /** Returns the name of a service; `undefined` if it consists of its IPv4 address and port. */
  #serviceName(numbers: Int32Array, base: number): string | undefined {
    if (numbers[base + ServiceField.fwmark]) {
      const id = this.#serviceArray.id(base);
      return id.kind === 'fwmark' ? this.#form.markName(id) : undefined;
    }
    return numbers[base + ServiceField.family] === AF_INET ? undefined : inet6Name(this.#services, base);
  }

  /**
   * Returns the start for lines of servers that name their service. The name begins at `nameStart` in the line of the service,
   * which ends at `lineEnd`; only the text for the settings follows the name.
   */
  #linkTo(start: PackedText, base: number, nameStart: number, lineEnd: number): PackedText {
    const { entries, texts } = this.#services;
    const nameEnd = lineEnd - 1 - texts.find(entries.numbers, base).length;
    const linked = this.#linkedStart;
    let to = copyBytes(linked.bytes, 0, start.bytes, 0, start.length);
    to = copyBytes(linked.bytes, to, this.bytes, nameStart, nameEnd);
    linked.length = copyBytes(linked.bytes, to, this.#link.bytes, 0, this.#link.length);
    return linked;
  }
}

/** Returns the name of the entry at `base`, made of its IPv6 address and port. */
function inet6Name({ entries: { numbers }, address, port }: Kind, base: number): string {
  return formatEndpoint(addressAt(numbers, base + address, false), numbers[base + port] as number);
}

platform.tuneForBulk(TableLines);
