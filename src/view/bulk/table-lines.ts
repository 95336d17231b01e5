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
  Words,
  writeDecimal,
  zero,
} from './line-buffer.ts';
import type { LineForm } from './line-form.ts';
import { orderServers } from './order.ts';
import { SettingsTexts } from './settings-texts.ts';

/** Bytes of the longest line. */
const longestLine = 1024;

/** Bytes of lines that are handed on together. */
const handedOn = 64 * 1024;

const noServers: ServerRange = { start: 0, end: 0 };

/** Services, or servers, and how their lines go on behind the start. */
interface Kind {
  readonly entries: NumberArray;
  /** Places of address and port in an entry. */
  readonly address: number;
  readonly port: number;
  /** The least width of the column of names. */
  readonly width: number;
  readonly texts: SettingsTexts;
  readonly cells: readonly Cell[];
}

/** Starts of the lines of services of one protocol, and of their servers. */
interface Starts {
  readonly ofService: Words;
  readonly ofServers: Words;
}

/** Writes a table with its addresses in numbers, some services with their servers at a time. */
export class TableLines extends LineBuffer {
  readonly #form: LineForm;
  readonly #handOn: (lines: Uint8Array) => void;
  readonly #serviceArray: ServiceArray;
  readonly #serverArray: DestinationArray;
  readonly #services: Kind;
  readonly #servers: Kind;
  /** Starts by the protocol's number. */
  readonly #starts = new Map<number, Starts>();
  readonly #link: Words;
  readonly #linkedStart = new Words('', longestLine);

  /** @param handOn Takes lines, as bytes that are valid until it returns. */
  constructor(
    form: LineForm,
    services: ServiceArray,
    servers: DestinationArray,
    handOn: (lines: Uint8Array) => void,
  ) {
    super(handedOn + 16 * 1024);
    this.#form = form;
    this.#handOn = handOn;
    this.#serviceArray = services;
    this.#serverArray = servers;
    const { serviceText, serviceColumns, serverText, serverColumns, exact } = form;
    this.#link = new Words(form.serverLink ?? '');
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

  /** Writes the services of those indices, each with its servers; the ranges say where these stand, and are in the same order. */
  write(services: readonly number[], ranges: readonly ServerRange[], sorted: boolean): void {
    const servers = this.#servers;
    for (let index = 0; index < services.length; index++) {
      const { start: first, end } = ranges[index] ?? noServers;
      const order = sorted ? orderServers(this.#serverArray, first, end) : undefined;
      this.reserve(longestLine * (end - first + 1));
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
      if (to >= handedOn) this.#handOn(this.take());
    }
  }

  /** Hands on what is written and has not been handed on yet. */
  finish(): void {
    this.#handOn(this.take());
  }

  /**
   * Writes the line of an entry from `at` on, where there must be room, and returns where it ends. `name` is that of an entry that
   * does not have the name which its IPv4 address and port make.
   */
  private writeLine(
    at: number,
    start: Words,
    { entries, address, port, width, texts, cells }: Kind,
    base: number,
    name: string | undefined,
  ): number {
    const { bytes, view } = this;
    const { numbers } = entries;
    let to = at;
    // Nearly all that is done for a line stands here, as both runtimes compile functions several times, inside each other.
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
      const { place, highPlace } = cell;
      let rest = (numbers[base + place] as number) >>> 0;
      if (rest >= cell.cutFrom || (highPlace !== place && numbers[base + highPlace] !== 0)) {
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

  /** Returns the starts of the lines of the service whose entry begins at `base`, and of its servers. */
  #startsOf(numbers: Int32Array, base: number): Starts {
    // No service has the protocol 0: it stands for firewall marks.
    const number = numbers[base + ServiceField.fwmark]
      ? 0
      : (numbers[base + ServiceField.protocol] as number);
    const known = this.#starts.get(number);
    if (known) return known;
    const protocol = number === 0 ? undefined : protocolOf(number);
    const { serviceStart, serverStart } = this.#form;
    const starts = {
      ofService: new Words(serviceStart(protocol)),
      ofServers: new Words(serverStart(protocol)),
    };
    this.#starts.set(number, starts);
    return starts;
  }

  /** Returns the name of a service; `undefined` where its IPv4 address and port make it. */
  #serviceName(numbers: Int32Array, base: number): string | undefined {
    if (numbers[base + ServiceField.fwmark]) {
      const id = this.#serviceArray.id(base);
      return id.kind === 'fwmark' ? this.#form.markName(id) : undefined;
    }
    return numbers[base + ServiceField.family] === AF_INET ? undefined : inet6Name(this.#services, base);
  }

  /**
   * Returns the start of the lines of servers that name their service. The name begins at `nameStart`, in the service's line, which has
   * only the text about the settings behind it and ends at `lineEnd`.
   */
  #linkTo(start: Words, base: number, nameStart: number, lineEnd: number): Words {
    const { entries, texts } = this.#services;
    const nameEnd = lineEnd - 1 - texts.find(entries.numbers, base).length;
    const linked = this.#linkedStart;
    let to = copyBytes(linked.bytes, 0, start.bytes, 0, start.length);
    to = copyBytes(linked.bytes, to, this.bytes, nameStart, nameEnd);
    linked.length = copyBytes(linked.bytes, to, this.#link.bytes, 0, this.#link.length);
    return linked;
  }
}

/** Returns the name that the IPv6 address and the port of the entry at `base` make. */
function inet6Name({ entries: { numbers }, address, port }: Kind, base: number): string {
  return formatEndpoint(addressAt(numbers, base + address, false), numbers[base + port] as number);
}

platform.tuneForBulk(TableLines);
