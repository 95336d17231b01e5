import { platform } from '#platform';
import { type DestinationArray, DestinationField } from '../../ipvs/bulk/destination-array.ts';
import { addressAt, type ServiceArray, ServiceField } from '../../ipvs/bulk/service-array.ts';
import { AF_INET } from '../../ipvs/constants.ts';
import type { Protocol } from '../../ipvs/model.ts';
import { protocolOf } from '../../ipvs/protocol.ts';
import { formatEndpoint } from '../../rules/format.ts';
import { type Cell, serverCell, serviceCell, writeCells } from './cells.ts';
import { LineBuffer, lineFeed, padTo, writeAscii, writeInetEndpoint } from './line-buffer.ts';
import type { LineForm } from './line-form.ts';
import { SettingsTexts } from './settings-texts.ts';

/** No line is longer. */
const longestLine = 1024;

/** Writes a table with its addresses in numbers, one service with its servers at a time. */
export class TableLines extends LineBuffer {
  readonly #form: LineForm;
  readonly #services: ServiceArray;
  readonly #servers: DestinationArray;
  readonly #serviceRest: SettingsTexts | readonly Cell[];
  readonly #serverRest: SettingsTexts | readonly Cell[];

  constructor(form: LineForm, services: ServiceArray, servers: DestinationArray) {
    super(80 * 1024);
    this.#form = form;
    this.#services = services;
    this.#servers = servers;
    const { serviceRest, serverRest, exact } = form;
    this.#serviceRest =
      typeof serviceRest === 'function'
        ? new SettingsTexts(ServiceField.family, ServiceField.counters, (base) =>
            serviceRest(services.id(base), services.settings(base)),
          )
        : serviceRest.map((column) => serviceCell(column, exact));
    this.#serverRest =
      typeof serverRest === 'function'
        ? new SettingsTexts(DestinationField.forwarding, DestinationField.activeConnections, (base) =>
            serverRest(servers.settings(base)),
          )
        : serverRest.map((column) => serverCell(column, exact, servers));
  }

  /** Writes the lines of the service of that index and of its servers, in that order. */
  write(service: number, order: readonly number[]): void {
    const base = service * this.#services.width;
    this.#writeService(base);
    if (order.length > 0) this.#writeServers(base, order);
  }

  #writeService(base: number): void {
    const { numbers } = this.#services;
    this.reserve(longestLine);
    const { bytes } = this;
    const start = writeAscii(bytes, this.length, this.#form.serviceStart(protocolAt(this.#services, base)));
    const at = this.#writeServiceName(base, start);
    this.length = writeRest(bytes, start, at, this.#serviceRest, this.#form.nameWidth, numbers, base);
  }

  #writeServers(service: number, order: readonly number[]): void {
    this.reserve(longestLine);
    const prefix = this.#serverPrefix(service);
    this.reserve(longestLine * (order.length + 1));
    this.length = writeServerLines(this.bytes, this.length, {
      servers: this.#servers,
      order,
      prefix,
      nameWidth: this.#form.nameWidth,
      rest: this.#serverRest,
    });
  }

  /** The bytes with which the lines of all servers of a service begin. */
  #serverPrefix(service: number): Uint8Array {
    const { serverStart, serverLink } = this.#form;
    const { bytes, length } = this;
    let at = writeAscii(bytes, length, serverStart(protocolAt(this.#services, service)));
    if (serverLink !== undefined) at = writeAscii(bytes, this.#writeServiceName(service, at), serverLink);
    return bytes.slice(length, at);
  }

  #writeServiceName(base: number, at: number): number {
    const { numbers } = this.#services;
    if (numbers[base + ServiceField.fwmark]) {
      const id = this.#services.id(base);
      return id.kind === 'fwmark' ? writeAscii(this.bytes, at, this.#form.markName(id)) : at;
    }
    const isInet = numbers[base + ServiceField.family] === AF_INET;
    const port = numbers[base + ServiceField.port] ?? 0;
    return writeEndpoint(this.bytes, at, numbers, base + ServiceField.address, isInet, port);
  }
}

/** Returns the protocol of the service whose entry begins at `base`; `undefined` for a firewall mark. */
function protocolAt({ numbers }: ServiceArray, base: number): Protocol | undefined {
  if (numbers[base + ServiceField.fwmark]) return undefined;
  return protocolOf(numbers[base + ServiceField.protocol] ?? 0);
}

/** Lines of the servers of a service. */
interface ServerLines {
  readonly servers: DestinationArray;
  /** The indices of the servers. */
  readonly order: readonly number[];
  /** Begins each line. */
  readonly prefix: Uint8Array;
  readonly nameWidth: number;
  readonly rest: SettingsTexts | readonly Cell[];
}

/** Writes lines of servers into `bytes` from `at` on, where there must be room; returns where they end. */
function writeServerLines(
  bytes: Uint8Array,
  at: number,
  { servers: { numbers, width }, order, prefix, nameWidth, rest }: ServerLines,
): number {
  let start = at;
  for (let index = 0; index < order.length; index++) {
    const base = (order[index] ?? 0) * width;
    bytes.set(prefix, start);
    const name = start + prefix.length;
    const isInet = numbers[base + DestinationField.family] === AF_INET;
    const port = numbers[base + DestinationField.port] ?? 0;
    const end = writeEndpoint(bytes, name, numbers, base + DestinationField.address, isInet, port);
    start = writeRest(bytes, name, end, rest, nameWidth, numbers, base);
  }
  return start;
}

/** Writes the rest of a line, behind a name that stands in `bytes` from `start` up to `at`; returns where the line ends. */
function writeRest(
  bytes: Uint8Array,
  start: number,
  at: number,
  rest: SettingsTexts | readonly Cell[],
  nameWidth: number,
  numbers: Uint32Array,
  base: number,
): number {
  let to = at;
  if (rest instanceof SettingsTexts) {
    const text = rest.find(numbers, base);
    bytes.set(text, to);
    to += text.length;
  } else {
    to = writeCells(bytes, padTo(bytes, to, start + nameWidth), rest, numbers, base);
  }
  bytes[to] = lineFeed;
  return to + 1;
}

function writeEndpoint(
  bytes: Uint8Array,
  at: number,
  numbers: Uint32Array,
  address: number,
  isInet: boolean,
  port: number,
): number {
  if (isInet) return writeInetEndpoint(bytes, at, numbers[address] ?? 0, port);
  return writeAscii(bytes, at, formatEndpoint(addressAt(numbers, address, false), port, undefined));
}

platform.tuneForBulk(TableLines, protocolAt, protocolOf, writeServerLines, writeRest, writeEndpoint);
