import { dumpLists, type Lists } from '../../netlink/dump.ts';
import type { Request } from '../../netlink/request.ts';
import type { MessageWriter } from '../../netlink/writer.ts';
import type { Ipvs } from '../client.ts';
import {
  AF_INET,
  IPVS_CMD_ATTR_SERVICE,
  IPVS_CMD_GET_DEST,
  IPVS_CMD_GET_SERVICE,
  IPVS_SVC_ATTR_ADDR,
  IPVS_SVC_ATTR_AF,
  IPVS_SVC_ATTR_FWMARK,
  IPVS_SVC_ATTR_PORT,
  IPVS_SVC_ATTR_PROTOCOL,
} from '../constants.ts';
import type { ServiceId } from '../model.ts';
import { aboutService, bareCommand } from '../requests.ts';
import { TableDecoder } from './decode.ts';
import { DestinationArray } from './destination-array.ts';
import { ServiceArray, ServiceField } from './service-array.ts';

/** Servers of services are asked for together, of so many services at a time. */
export const groupSize = 32;

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
  const decoder = new TableDecoder();
  let services = new ServiceArray({ counters });
  await connection.inTurn(async () => {
    if (id) {
      const request = ipvs.requestOf(aboutService(IPVS_CMD_GET_SERVICE, id));
      await connection.ask(request, (message) => {
        decoder.service(message, services);
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
      take: (message) => decoder.service(message, services),
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
  readonly #decoder = new TableDecoder();
  readonly #request: Request;
  /** Where the entry of the service begins whose servers are asked for. */
  #asked = 0;

  constructor(ipvs: Ipvs, services: ServiceArray) {
    this.#ipvs = ipvs;
    this.#services = services;
    this.servers = new DestinationArray(services);
    const body = (writer: MessageWriter) => this.#writeId(writer);
    this.#request = ipvs.requestOf({ command: IPVS_CMD_GET_DEST, body });
  }

  /** Reads the servers of the services of those indices, and tells where those of each are. A service that is removed meanwhile has none. */
  async read(which: readonly number[]): Promise<readonly ServerRange[]> {
    const { connection } = this.#ipvs;
    const { numbers, width } = this.#services;
    const { servers } = this;
    servers.clear();
    const ranges: { start: number; end: number }[] = [];
    const lists: Lists = {
      count: which.length,
      request: (index) => {
        this.#asked = (which[index] ?? 0) * width;
        return this.#request;
      },
      begin: (index) => {
        ranges[index] = { start: 0, end: 0 };
      },
      take: (message, index) => {
        const family = numbers[(which[index] ?? 0) * width + ServiceField.family] ?? 0;
        const range = ranges[index];
        this.#decoder.destination(message, servers, family);
        if (!range) return;
        if (range.end === 0) range.start = servers.count - 1;
        range.end = servers.count;
      },
    };
    await connection.inTurn(() => dumpLists(connection, lists));
    return ranges;
  }

  /** Writes the attributes that identify a service, as the schema of services does. */
  #writeId(writer: MessageWriter): void {
    const { numbers } = this.#services;
    const base = this.#asked;
    const at = (field: ServiceField) => numbers[base + field] ?? 0;
    const start = writer.openNested(IPVS_CMD_ATTR_SERVICE);
    const family = at(ServiceField.family);
    writer.u16(IPVS_SVC_ATTR_AF, family);
    const fwmark = at(ServiceField.fwmark);
    if (fwmark) {
      writer.u32(IPVS_SVC_ATTR_FWMARK, fwmark);
    } else {
      writer.u16(IPVS_SVC_ATTR_PROTOCOL, at(ServiceField.protocol));
      if (family === AF_INET) writer.u32be(IPVS_SVC_ATTR_ADDR, at(ServiceField.address));
      else writer.u32be4(IPVS_SVC_ATTR_ADDR, numbers, base + ServiceField.address);
      writer.u16be(IPVS_SVC_ATTR_PORT, at(ServiceField.port));
    }
    writer.closeNested(start);
  }
}
