import { Connection } from '../netlink/connection.ts';
import { NETLINK_GENERIC } from '../netlink/constants.ts';
import type { Outcome } from '../netlink/errors.ts';
import { GenericFamily, genericAttributes } from '../netlink/generic.ts';
import type { MessageReader } from '../netlink/reader.ts';
import type { Request } from '../netlink/request.ts';
import type { Transport } from '../netlink/transport.ts';
import type { MessageWriter } from '../netlink/writer.ts';
import type { Family } from './address.ts';
import { IpvsBatch } from './batch.ts';
import { commandTable } from './codec/command.ts';
import { toDaemon } from './codec/daemon.ts';
import { copyDestination } from './codec/destination.ts';
import { DestinationRows } from './codec/destination-rows.ts';
import { infoTable, toInfo } from './codec/info.ts';
import type { RowRange } from './codec/row.ts';
import { copyService, fromServiceId } from './codec/service.ts';
import { ServiceRows } from './codec/service-rows.ts';
import { required } from './codec/table.ts';
import { timeoutsTable, toTimeouts } from './codec/timeouts.ts';
import {
  IPVS_CMD_GET_CONFIG,
  IPVS_CMD_GET_DAEMON,
  IPVS_CMD_GET_DEST,
  IPVS_CMD_GET_INFO,
  IPVS_CMD_GET_SERVICE,
  IPVS_GENL_NAME,
} from './constants.ts';
import {
  type Destination,
  type DestinationId,
  type DestinationSettings,
  familyOf,
  type Info,
  type Service,
  type ServiceId,
  type ServiceSettings,
  type SyncDaemon,
  type SyncRole,
  type Timeouts,
} from './model.ts';
import { type Command, command, type IpvsRequest, toCommand } from './requests.ts';

/** Options of {@link Ipvs.open}. */
export interface IpvsOptions {
  /** Carries the messages instead of a socket of this process's network namespace. */
  readonly transport?: Transport | undefined;
}

/**
 * The IPVS of one network namespace, over generic netlink (`<linux/ip_vs.h>`).
 *
 * Calls may overlap and are carried out in the order made. Each rejects with {@link NetlinkError}: when the kernel
 * refuses, its `code` is `REFUSED` and its `errno` the kernel's: `EPERM` without `CAP_NET_ADMIN`, `EINVAL` for
 * what makes no sense, and what each method names. A number out of its attribute's range is a {@link RangeError}.
 *
 * The kernel does not tell when a list changes while it is read: an entry that moves then may be missing or there twice.
 */
export class Ipvs {
  readonly #connection: Connection;
  readonly #family: GenericFamily;

  private constructor(connection: Connection, family: GenericFamily) {
    this.#connection = connection;
    this.#family = family;
  }

  /**
   * Opens a client; it keeps the process running until it is closed.
   * Rejects with `FAMILY_NOT_FOUND` when the kernel has no IPVS (the module `ip_vs` is not loaded).
   */
  static async open(options: IpvsOptions = {}): Promise<Ipvs> {
    const connection = new Connection(options.transport ?? (await openTransport()));
    try {
      return new Ipvs(connection, await GenericFamily.find(connection, IPVS_GENL_NAME));
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Ends it: what is under way rejects with `CLOSED`, and so does every later call. */
  close(): void {
    this.#connection.close();
  }

  /** Version of the kernel's IPVS and size of its connection table. */
  info(): Promise<Info> {
    return this.#connection.get(this.#ask(command(IPVS_CMD_GET_INFO, {})), (message) =>
      toInfo(infoTable.decode(genericAttributes(message))),
    );
  }

  /** All virtual services, in the kernel's order, which is that of its hash table. */
  async services(): Promise<Service[]> {
    const rows = new ServiceRows();
    return (await this.readServices(rows)).map((row) => copyService(rows.at(row)));
  }

  /** One virtual service. Rejects with `ESRCH` when there is none such. */
  async service(id: ServiceId): Promise<Service> {
    const rows = new ServiceRows();
    return copyService(rows.at(await this.readService(id, rows)));
  }

  /**
   * Adds all virtual services to `rows`, and gives their numbers there; much faster where they are many.
   *
   * @example
   * const rows = new ServiceRows({ counters: false });
   * for (const row of await ipvs.readServices(rows)) console.log(rows.at(row).scheduler);
   */
  readServices(rows: ServiceRows): Promise<number[]> {
    const request = this.#ask(command(IPVS_CMD_GET_SERVICE, {}));
    return this.#connection.dump(request, (message) => rows.add(message));
  }

  /** Adds one virtual service to `rows`, and gives its number there. Rejects with `ESRCH` when there is none such. */
  readService(id: ServiceId, rows: ServiceRows): Promise<number> {
    const request = this.#ask(command(IPVS_CMD_GET_SERVICE, { service: fromServiceId(id) }));
    return this.#connection.get(request, (message) => rows.add(message));
  }

  /** The real servers of a service, in the kernel's order: the newest first. None when there is no such service. */
  async destinations(service: ServiceId): Promise<Destination[]> {
    const [destinations = []] = await this.destinationsOf([service]);
    return destinations;
  }

  /** The same of several services, in their order. */
  async destinationsOf(services: readonly ServiceId[]): Promise<Destination[][]> {
    const rows = new DestinationRows();
    const requests = services.map((id) => command(IPVS_CMD_GET_DEST, { service: fromServiceId(id) }));
    const write = (index: number, writer: MessageWriter) => requests[index]?.body(writer);
    const families = services.map(familyOf);
    const ranges = await this.#listDestinations(requests.length, write, families, rows);
    return ranges.map(({ first, end }) =>
      Array.from({ length: end - first }, (_, index) => copyDestination(rows.at(first + index))),
    );
  }

  /**
   * Adds the real servers of services in rows to `servers`, and gives where those of each are; much faster where they are many.
   *
   * @example
   * const [services, servers] = [new ServiceRows(), new DestinationRows()];
   * const found = await ipvs.readServices(services);
   * const ranges = await ipvs.readDestinations(services, found, servers);
   * for (const { first, end } of ranges) {
   *   for (let row = first; row < end; row++) console.log(servers.at(row).weight);
   * }
   */
  readDestinations(
    services: ServiceRows,
    which: readonly number[],
    servers: DestinationRows,
  ): Promise<RowRange[]> {
    const write = (index: number, writer: MessageWriter) => services.writeId(which[index] ?? 0, writer);
    const families = which.map((row) => services.family(row));
    return this.#listDestinations(which.length, write, families, servers);
  }

  /** Timeouts of connections, in seconds. */
  timeouts(): Promise<Timeouts> {
    return this.#connection.get(this.#ask(command(IPVS_CMD_GET_CONFIG, {})), (message) =>
      toTimeouts(timeoutsTable.decode(genericAttributes(message))),
    );
  }

  /** The synchronisation daemons that run: none, one, or one of each role. */
  daemons(): Promise<SyncDaemon[]> {
    return this.#connection.dump(this.#ask(command(IPVS_CMD_GET_DAEMON, {})), (message) =>
      toDaemon(required(decodeCommand(message).daemon, 'daemon')),
    );
  }

  /** Adds a virtual service. Rejects with `EEXIST` when it is there, `ENOENT` when there is no such scheduler or persistence engine. */
  addService(service: ServiceId, settings: ServiceSettings): Promise<void> {
    return this.execute({ request: 'addService', service, settings });
  }

  /** Changes the settings of a virtual service, all of them. Rejects with `ESRCH` when there is none such. */
  updateService(service: ServiceId, settings: ServiceSettings): Promise<void> {
    return this.execute({ request: 'updateService', service, settings });
  }

  /** Removes a virtual service and its real servers. Rejects with `ESRCH` when there is none such. */
  removeService(service: ServiceId): Promise<void> {
    return this.execute({ request: 'removeService', service });
  }

  /** Adds a real server to a service. Rejects with `EEXIST` when it is there, `ESRCH` when the service is not. */
  addDestination(
    service: ServiceId,
    destination: DestinationId,
    settings: DestinationSettings,
  ): Promise<void> {
    return this.execute({ request: 'addDestination', service, destination, settings });
  }

  /** Changes the settings of a real server, all of them. Rejects with `ENOENT` when there is none such, `ESRCH` when there is no such service. */
  updateDestination(
    service: ServiceId,
    destination: DestinationId,
    settings: DestinationSettings,
  ): Promise<void> {
    return this.execute({ request: 'updateDestination', service, destination, settings });
  }

  /** Removes a real server from a service. Rejects with `ENOENT` when there is none such, `ESRCH` when there is no such service. */
  removeDestination(service: ServiceId, destination: DestinationId): Promise<void> {
    return this.execute({ request: 'removeDestination', service, destination });
  }

  /** Removes all virtual services. */
  flush(): Promise<void> {
    return this.execute({ request: 'flush' });
  }

  /** Sets the counters of a service and its real servers to zero, or of all services and the totals. Rejects with `ESRCH` when there is no such service. */
  zero(service?: ServiceId): Promise<void> {
    return this.execute({ request: 'zero', service });
  }

  /** Sets timeouts of connections, in seconds; 0 leaves one as it is. */
  setTimeouts(timeouts: Timeouts): Promise<void> {
    return this.execute({ request: 'setTimeouts', timeouts });
  }

  /** Starts a synchronisation daemon. Rejects with `EEXIST` when one of its role runs, `ENODEV` when there is no such interface. */
  startDaemon(daemon: SyncDaemon): Promise<void> {
    return this.execute({ request: 'startDaemon', daemon });
  }

  /** Stops the synchronisation daemon of a role. Rejects with `ESRCH` when none runs. */
  stopDaemon(role: SyncRole): Promise<void> {
    return this.execute({ request: 'stopDaemon', role });
  }

  /** Carries out one request, as the method of its name does. */
  execute(request: IpvsRequest): Promise<void> {
    return this.#connection.execute(this.#ask(toCommand(request)));
  }

  /**
   * Carries out many requests in order, whatever becomes of each, and much faster than one by one. Gives for each
   * `undefined`, or the error that its method would have rejected with. Rejects with {@link BatchError} when the
   * conversation with the kernel breaks off; that tells how far it had come.
   *
   * All of them are taken before the first is sent; one with a number out of range is a {@link RangeError} then.
   */
  async batch(requests: Iterable<IpvsRequest>): Promise<Outcome[]> {
    const batch = this.prepare();
    for (const request of requests) batch.add(request);
    return batch.carryOut();
  }

  /** An empty batch, for requests that are made one after the other and carried out later, or never. */
  prepare(): IpvsBatch {
    return new IpvsBatch(this.#connection, this.#family);
  }

  /** Asks for the servers of so many services, each named by what `write` writes, and of those families. */
  async #listDestinations(
    count: number,
    write: (index: number, writer: MessageWriter) => void,
    families: readonly Family[],
    rows: DestinationRows,
  ): Promise<RowRange[]> {
    let asked = 0;
    const request = this.#family.request(IPVS_CMD_GET_DEST, (writer) => write(asked, writer));
    const ranges: { first: number; end: number }[] = [];
    await this.#connection.dumpLists({
      count,
      request: (index) => {
        asked = index;
        return request;
      },
      begin: (index) => {
        ranges[index] = { first: 0, end: 0 };
      },
      take: (message, index) => {
        const range = ranges[index];
        if (!range) return;
        const row = rows.add(message, families[index] ?? 'inet');
        if (range.end === 0) range.first = row;
        range.end = row + 1;
      },
    });
    return ranges;
  }

  #ask({ command, body }: Command): Request {
    return this.#family.request(command, body);
  }
}

/** A socket of this process's network namespace. What opens it is loaded here, as much of what runs needs none. */
async function openTransport(): Promise<Transport> {
  const { openSocket } = await import('#transport');
  return openSocket(NETLINK_GENERIC);
}

function decodeCommand(message: MessageReader) {
  return commandTable.decode(genericAttributes(message));
}
