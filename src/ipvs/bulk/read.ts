import { platform } from '#platform';
import { align, littleEndian } from '../../netlink/byte-order.ts';
import { Connection } from '../../netlink/connection.ts';
import { GENL_HDRLEN, NLA_HDRLEN, NLMSG_HDRLEN } from '../../netlink/constants.ts';
import { type DumpSet, dumpLists, encodeDump, type Messages } from '../../netlink/dump.ts';
import type { Request } from '../../netlink/request.ts';
import { sequenceOffset } from '../../netlink/writer.ts';
import type { Ipvs } from '../client.ts';
import { IPVS_CMD, IPVS_SVC_ATTR } from '../constants.ts';
import type { ServiceId } from '../model.ts';
import { aboutService, bareCommand } from '../requests.ts';
import { Decoder } from './decode.ts';
import { DestinationArray } from './destination-array.ts';
import { ServiceArray, ServiceField } from './service-array.ts';

/**
 * Reads all virtual services, or only the one identified by `id`, as rows of numbers.
 *
 * @throws {@link NetlinkError} `REFUSED` with `ESRCH` when that service does not exist.
 */
export async function readServices(
  ipvs: Ipvs,
  { id, counters }: { readonly id?: ServiceId | undefined; readonly counters: boolean },
): Promise<ServiceArray> {
  const { connection } = ipvs;
  const decoder = new Decoder();
  let services = new ServiceArray({ counters });
  await connection.withLock(async () => {
    if (id) {
      const request = ipvs.requestOf(aboutService(IPVS_CMD.GET_SERVICE, id));
      await connection.requestLocked(request, (message) => {
        decoder.services(message, services);
        return services;
      });
      return;
    }
    const request = ipvs.requestOf(bareCommand(IPVS_CMD.GET_SERVICE));
    await dumpLists(connection, {
      count: 1,
      request: () => request,
      begin: () => {
        services = new ServiceArray({ counters });
      },
      onMessage: (message) => decoder.services(message, services),
    });
  });
  return services;
}

/** The entries of a service's real servers: from `start`, excluding `end`. */
export interface ServerRange {
  readonly start: number;
  readonly end: number;
}

/** Reads the real servers of services, a group of services at a time. */
export class ServerReader {
  readonly #ipvs: Ipvs;
  readonly #services: ServiceArray;
  /** Real servers of the group that was read last. */
  readonly servers: DestinationArray;
  readonly #decoder = new Decoder();
  #inetRequests: InetRequests | undefined;

  constructor(ipvs: Ipvs, services: ServiceArray) {
    this.#ipvs = ipvs;
    this.#services = services;
    this.servers = new DestinationArray(services.entries);
  }

  /**
   * Reads the real servers of the services with these indices; returns the range of each. A service removed meanwhile has
   * no servers.
   */
  async read(indices: readonly number[]): Promise<readonly ServerRange[]> {
    const { connection } = this.#ipvs;
    const { numbers, width } = this.#services.entries;
    const servers = this.servers.entries;
    servers.clear();
    const ranges: { start: number; end: number }[] = [];
    const dumpSet: DumpSet = {
      count: indices.length,
      request: (index) => this.#requestFor((indices[index] as number) * width),
      encoded: (positions, sequence) =>
        this.#encoded(
          positions.map((position) => indices[position] as number),
          sequence,
        ),
      begin: (index) => {
        ranges[index] = { start: 0, end: 0 };
      },
      onMessage: (message, index) => {
        const family = numbers[(indices[index] as number) * width + ServiceField.family] as number;
        const range = ranges[index];
        if (!range) return;
        if (range.end === 0) range.start = servers.count;
        this.#decoder.servers(message, this.servers, family);
        range.end = servers.count;
      },
    };
    await connection.withLock(() => dumpLists(connection, dumpSet));
    return ranges;
  }

  /** Returns the encoded requests for the servers of those services, if all services are at IPv4 addresses. */
  #encoded(indices: readonly number[], sequence: number): Messages | undefined {
    const { numbers, width } = this.#services.entries;
    for (const index of indices) if (!this.#services.isAtInet(index * width)) return undefined;
    // Such services differ only in protocol, address and port, so encoded requests are reused.
    if (!this.#inetRequests || this.#inetRequests.count < indices.length) {
      const request = encodeDump(this.#ipvs.connection, this.#requestFor((indices[0] as number) * width));
      this.#inetRequests = new InetRequests(request, indices.length);
    }
    return this.#inetRequests.set(numbers, width, indices, sequence);
  }

  #requestFor(base: number): Request {
    return this.#ipvs.requestOf(aboutService(IPVS_CMD.GET_DEST, this.#services.id(base)));
  }
}

/** Requests about services at IPv4 addresses: encoded once, then patched for each group of services. */
class InetRequests {
  readonly count: number;
  readonly #length: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #protocolAt: number;
  readonly #addressAt: number;
  readonly #portAt: number;

  /** Makes `count` copies of a request. */
  constructor(request: Uint8Array, count: number) {
    this.count = count;
    this.#length = request.length;
    this.#bytes = new Uint8Array(count * request.length);
    for (let copy = 0; copy < count; copy++) this.#bytes.set(request, copy * request.length);
    this.#view = new DataView(this.#bytes.buffer);
    this.#protocolAt = this.#offsetOf(IPVS_SVC_ATTR.PROTOCOL);
    this.#addressAt = this.#offsetOf(IPVS_SVC_ATTR.ADDR);
    this.#portAt = this.#offsetOf(IPVS_SVC_ATTR.PORT);
  }

  /** Patches the requests for the services with these indices, with sequence numbers from `sequence`. */
  set(numbers: Int32Array, width: number, indices: readonly number[], sequence: number): Messages {
    const view = this.#view;
    const ends: number[] = [];
    let start = 0;
    for (let place = 0; place < indices.length; place++) {
      const base = (indices[place] as number) * width;
      view.setUint32(start + sequenceOffset, sequence + place, littleEndian);
      view.setUint16(start + this.#protocolAt, numbers[base + ServiceField.protocol] as number, littleEndian);
      view.setUint32(start + this.#addressAt, numbers[base + ServiceField.address] as number);
      view.setUint16(start + this.#portAt, numbers[base + ServiceField.port] as number);
      start += this.#length;
      ends.push(start);
    }
    return { bytes: this.#bytes.subarray(0, start), ends };
  }

  /** Returns the offset of the value of an attribute inside the service attribute. */
  #offsetOf(attribute: number): number {
    const first = NLMSG_HDRLEN + GENL_HDRLEN + NLA_HDRLEN;
    for (let at = first; at < this.#length; at += align(this.#view.getUint16(at, littleEndian))) {
      if (this.#view.getUint16(at + 2, littleEndian) === attribute) return at + NLA_HDRLEN;
    }
    throw new TypeError(`a service ID lacks attribute ${attribute}`);
  }
}

platform.tuneForBulk(ServerReader, InetRequests, Connection);
