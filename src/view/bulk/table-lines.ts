import { platform } from '#platform';
import { type DestinationArray, DestinationField } from '../../ipvs/bulk/destination-array.ts';
import { addressAt, type ServiceArray, ServiceField } from '../../ipvs/bulk/service-array.ts';
import { AF_INET } from '../../ipvs/constants.ts';
import { protocolOf } from '../../ipvs/protocol.ts';
import { formatEndpoint } from '../../rules/format.ts';
import { type Cell, serverCell, serviceCell, writeCells } from './cells.ts';
import { copyBytes, LineBuffer, lineFeed, padTo, writeAscii, writeInetEndpoint } from './line-buffer.ts';
import type { LineForm } from './line-form.ts';
import { SettingsTexts } from './settings-texts.ts';

/** No line is longer. */
const longestLine = 1024;

/** Writes a table with its addresses in numbers, one service with its servers at a time. */
export class TableLines extends LineBuffer {
  readonly #form: LineForm;
  readonly #services: ServiceArray;
  readonly #servers: DestinationArray;
  readonly #serviceTexts: SettingsTexts;
  readonly #serviceCells: readonly Cell[];
  readonly #serverTexts: SettingsTexts;
  readonly #serverCells: readonly Cell[];
  /** By the protocol's number. */
  readonly #starts = new Map<number, Starts>();
  readonly #link: Uint8Array;
  readonly #prefix = new Uint8Array(longestLine);

  constructor(form: LineForm, services: ServiceArray, servers: DestinationArray) {
    super(80 * 1024);
    this.#form = form;
    this.#services = services;
    this.#servers = servers;
    const { serviceText, serviceColumns, serverText, serverColumns, exact } = form;
    this.#link = Buffer.from(form.serverLink ?? '');
    this.#serviceTexts = new SettingsTexts(ServiceField.family, ServiceField.counters, (base) =>
      serviceText(services.id(base), services.settings(base)),
    );
    this.#serviceCells = serviceColumns.map((column) => serviceCell(column, exact));
    this.#serverTexts = new SettingsTexts(
      DestinationField.forwarding,
      DestinationField.activeConnections,
      (base) => serverText(servers.settings(base)),
    );
    this.#serverCells = serverColumns.map((column) => serverCell(column, exact));
  }

  /** Writes the lines of the service of that index and of its servers, in that order. */
  write(service: number, order: readonly number[]): void {
    const { numbers, width } = this.#services.entries;
    const base = service * width;
    this.reserve(longestLine * (order.length + 1));
    const { bytes } = this;
    const { serviceWidth, serverWidth, serverLink } = this.#form;
    const { ofService, ofServers } = this.#startsOf(numbers, base);
    const name = copyBytes(bytes, this.length, ofService, 0, ofService.length);
    const nameEnd = this.#writeServiceName(base, name);
    const prefix = serverLink === undefined ? ofServers : this.#linkedPrefix(ofServers, name, nameEnd);

    const text = this.#serviceTexts.find(numbers, base);
    let to = padTo(bytes, nameEnd, name + serviceWidth);
    to = writeCells(bytes, copyBytes(bytes, to, text, 0, text.length), this.#serviceCells, numbers, base);
    bytes[to] = lineFeed;
    this.length = writeServerLines(bytes, to + 1, {
      servers: this.#servers,
      order,
      prefix,
      width: serverWidth,
      texts: this.#serverTexts,
      cells: this.#serverCells,
    });
  }

  /** How the lines of the service whose entry begins at `base`, and those of its servers, start. */
  #startsOf(numbers: Int32Array, base: number): Starts {
    // No service has the protocol 0: it stands for firewall marks.
    const number = numbers[base + ServiceField.fwmark] ? 0 : (numbers[base + ServiceField.protocol] ?? 0);
    const known = this.#starts.get(number);
    if (known) return known;
    const protocol = number === 0 ? undefined : protocolOf(number);
    const { serviceStart, serverStart } = this.#form;
    const starts = {
      ofService: Buffer.from(serviceStart(protocol)),
      ofServers: Buffer.from(serverStart(protocol)),
    };
    this.#starts.set(number, starts);
    return starts;
  }

  /** The start of the lines of servers that name the service, whose name stands in the buffer. */
  #linkedPrefix(start: Uint8Array, name: number, nameEnd: number): Uint8Array {
    const link = this.#link;
    const prefix = this.#prefix;
    let to = copyBytes(prefix, 0, start, 0, start.length);
    to = copyBytes(prefix, to, this.bytes, name, nameEnd);
    return prefix.subarray(0, copyBytes(prefix, to, link, 0, link.length));
  }

  #writeServiceName(base: number, at: number): number {
    const { numbers } = this.#services.entries;
    if (numbers[base + ServiceField.fwmark]) {
      const id = this.#services.id(base);
      return id.kind === 'fwmark' ? writeAscii(this.bytes, at, this.#form.markName(id)) : at;
    }
    const address = base + ServiceField.address;
    const port = numbers[base + ServiceField.port] ?? 0;
    if (numbers[base + ServiceField.family] !== AF_INET)
      return writeInet6Endpoint(this.bytes, at, numbers, address, port);
    return writeInetEndpoint(this.bytes, at, numbers[address] ?? 0, port);
  }
}

/** How lines of services of one protocol start, and those of their servers. */
interface Starts {
  readonly ofService: Uint8Array;
  readonly ofServers: Uint8Array;
}

/** Lines of the servers of a service. */
interface ServerLines {
  readonly servers: DestinationArray;
  /** The indices of the servers. */
  readonly order: readonly number[];
  /** Begins each line. */
  readonly prefix: Uint8Array;
  /** The least width of the column of names. */
  readonly width: number;
  readonly texts: SettingsTexts;
  readonly cells: readonly Cell[];
}

/** Writes lines of servers into `bytes` from `at` on, where there must be room; returns where they end. */
function writeServerLines(
  bytes: Uint8Array,
  at: number,
  { servers, order, prefix, width, texts, cells }: ServerLines,
): number {
  const { numbers, width: entryWidth } = servers.entries;
  let to = at;
  for (const index of order) {
    const base = index * entryWidth;
    const name = copyBytes(bytes, to, prefix, 0, prefix.length);
    const address = base + DestinationField.address;
    const port = numbers[base + DestinationField.port] ?? 0;
    to =
      numbers[base + DestinationField.family] === AF_INET
        ? writeInetEndpoint(bytes, name, numbers[address] ?? 0, port)
        : writeInet6Endpoint(bytes, name, numbers, address, port);
    const text = texts.find(numbers, base);
    to = copyBytes(bytes, padTo(bytes, to, name + width), text, 0, text.length);
    to = writeCells(bytes, to, cells, numbers, base);
    bytes[to++] = lineFeed;
  }
  return to;
}

function writeInet6Endpoint(
  bytes: Uint8Array,
  at: number,
  numbers: Int32Array,
  address: number,
  port: number,
): number {
  return writeAscii(bytes, at, formatEndpoint(addressAt(numbers, address, false), port, undefined));
}

platform.tuneForBulk(TableLines, writeServerLines);
