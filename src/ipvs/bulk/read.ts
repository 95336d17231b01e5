import { platform } from '#platform';
import { align, littleEndian } from '../../netlink/byte-order.ts';
import { Connection } from '../../netlink/connection.ts';
import { GENL_HDRLEN, NLA_HDRLEN, NLMSG_HDRLEN } from '../../netlink/constants.ts';
import { dumpLists, encodeDump, type Lists } from '../../netlink/dump.ts';
import type { Request } from '../../netlink/request.ts';
import type { Ipvs } from '../client.ts';
import {
  AF_INET,
  IPVS_CMD_GET_DEST,
  IPVS_CMD_GET_SERVICE,
  IPVS_SVC_ATTR_ADDR,
  IPVS_SVC_ATTR_PORT,
  IPVS_SVC_ATTR_PROTOCOL,
} from '../constants.ts';
import type { ServiceId } from '../model.ts';
import { aboutService, bareCommand } from '../requests.ts';
import { Decoder } from './decode.ts';
import { DestinationArray } from './destination-array.ts';
import { ServiceArray, ServiceField } from './service-array.ts';

/**
 * Reads the virtual services, or the one that `id` identifies, as numbers.
 *
 * @throws {@link NetlinkError} `REFUSED` with `ESRCH` when there is no service of that identity.
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
      const request = ipvs.requestOf(aboutService(IPVS_CMD_GET_SERVICE, id));
      await connection.requestLocked(request, (message) => {
        decoder.services(message, services);
        return services;
      });
      return;
    }
    const request = ipvs.requestOf(bareCommand(IPVS_CMD_GET_SERVICE));
    await dumpLists(connection, {
      count: 1,
      request: () => request,
      begin: () => {
        services = new ServiceArray({ counters });
      },
      take: (message) => decoder.services(message, services),
    });
  });
  return services;
}

/** The entries of the servers of a service: from `start` up to `end`. */
export interface ServerRange {
  readonly start: number;
  readonly end: number;
}

/** Reads the real servers of services, a group of services at a time. */
export class ServerReader {
  readonly #ipvs: Ipvs;
  readonly #services: ServiceArray;
  /** The servers of the group that was read last. */
  readonly servers: DestinationArray;
  readonly #decoder = new Decoder();
  #inetRequest: InetRequest | undefined;

  constructor(ipvs: Ipvs, services: ServiceArray) {
    this.#ipvs = ipvs;
    this.#services = services;
    this.servers = new DestinationArray(services.entries);
  }

  /** Reads the servers of the services of those indices, and tells where those of each are. A service that is removed meanwhile has none. */
  async read(which: readonly number[]): Promise<readonly ServerRange[]> {
    const { connection } = this.#ipvs;
    const { numbers, width } = this.#services.entries;
    const servers = this.servers.entries;
    servers.clear();
    const ranges: { start: number; end: number }[] = [];
    const lists: Lists = {
      count: which.length,
      request: (index) => this.#requestFor((which[index] ?? 0) * width),
      encoded: (index) => this.#encoded((which[index] ?? 0) * width),
      begin: (index) => {
        ranges[index] = { start: 0, end: 0 };
      },
      take: (message, index) => {
        const family = numbers[(which[index] ?? 0) * width + ServiceField.family] ?? 0;
        const range = ranges[index];
        if (!range) return;
        if (range.end === 0) range.start = servers.count;
        this.#decoder.servers(message, this.servers, family);
        range.end = servers.count;
      },
    };
    await connection.withLock(() => dumpLists(connection, lists));
    return ranges;
  }

  /** The encoded request for the servers of the service whose entry begins at `base`, where that is at an IPv4 address. */
  #encoded(base: number): Uint8Array | undefined {
    const { numbers } = this.#services.entries;
    if (numbers[base + ServiceField.fwmark] || numbers[base + ServiceField.family] !== AF_INET)
      return undefined;
    // Most services differ in these three values only, so the bytes of one serve for the next.
    if (!this.#inetRequest) {
      const { connection } = this.#ipvs;
      this.#inetRequest = new InetRequest(encodeDump(connection, this.#requestFor(base)));
    }
    this.#inetRequest.set(numbers, base);
    return this.#inetRequest.bytes;
  }

  #requestFor(base: number): Request {
    return this.#ipvs.requestOf(aboutService(IPVS_CMD_GET_DEST, this.#services.id(base)));
  }
}

/** A request about a service at an IPv4 address: encoded once, and then changed from one service to the next. */
class InetRequest {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #protocolAt: number;
  readonly #addressAt: number;
  readonly #portAt: number;

  constructor(message: Uint8Array) {
    this.bytes = message;
    this.#view = new DataView(message.buffer, message.byteOffset, message.length);
    this.#protocolAt = this.#placeOf(IPVS_SVC_ATTR_PROTOCOL);
    this.#addressAt = this.#placeOf(IPVS_SVC_ATTR_ADDR);
    this.#portAt = this.#placeOf(IPVS_SVC_ATTR_PORT);
  }

  /** Makes it about the service whose entry in `numbers` begins at `base`. */
  set(numbers: Int32Array, base: number): void {
    this.#view.setUint16(this.#protocolAt, numbers[base + ServiceField.protocol] ?? 0, littleEndian);
    this.#view.setUint32(this.#addressAt, numbers[base + ServiceField.address] ?? 0);
    this.#view.setUint16(this.#portAt, numbers[base + ServiceField.port] ?? 0);
  }

  /** Returns where the value of an attribute stands, which is inside that of the service. */
  #placeOf(attribute: number): number {
    const first = NLMSG_HDRLEN + GENL_HDRLEN + NLA_HDRLEN;
    for (let at = first; at < this.bytes.length; at += align(this.#view.getUint16(at, littleEndian))) {
      if (this.#view.getUint16(at + 2, littleEndian) === attribute) return at + NLA_HDRLEN;
    }
    throw new TypeError(`a service is identified without attribute ${attribute}`);
  }
}

platform.tuneForBulk(ServerReader, InetRequest, Connection);
