import type { Decode } from '../netlink/answer.ts';
import { Connection } from '../netlink/connection.ts';
import { NETLINK_GENERIC } from '../netlink/constants.ts';
import { type DumpSet, dump, dumpLists } from '../netlink/dump.ts';
import { NetlinkError, type Outcome } from '../netlink/errors.ts';
import { findPresentFamily, GenericFamily } from '../netlink/generic.ts';
import type { Request } from '../netlink/request.ts';
import type { Describe } from '../netlink/trace/names.ts';
import { openSocket, type Transport } from '../netlink/transport.ts';
import { ENOENT } from '../platform/errno.ts';
import { IpvsBatch } from './batch.ts';
import { IPVS_CMD, IPVS_GENL_NAME } from './constants.ts';
import { IpvsError, type IpvsOperation, ofOpening, withOperation } from './errors.ts';
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
import { aboutService, bareCommand, type Command, type IpvsRequest, toCommand } from './requests.ts';
import { daemonSchema } from './schema/daemon.ts';
import { destinationSchema } from './schema/destination.ts';
import { infoSchema } from './schema/info.ts';
import { serviceSchema } from './schema/service.ts';
import { timeoutsSchema } from './schema/timeouts.ts';

/**
 * Options of {@link Ipvs.open}.
 *
 * @example
 * const options: IpvsOptions = { loadModule: false };
 * const ipvs = await Ipvs.open(options);
 */
export interface IpvsOptions {
  /** Transport to use instead of a netlink socket in this process's network namespace. */
  readonly transport?: Transport | undefined;
  /**
   * Whether the kernel may load the module `ip_vs` if it has no IPVS yet, which it does by itself when IPVS is looked up by
   * name. Defaults to true.
   */
  readonly loadModule?: boolean | undefined;
}

/** A schema that decodes messages to objects. */
type Decoder<T> = { readonly decode: Decode<T> };

/** Loads the names of commands and attributes, for a trace. */
async function loadNames(): Promise<Describe> {
  const [{ describeGeneric }, { ipvsNames }] = await Promise.all([
    import('../netlink/trace/generic-names.ts'),
    import('./message-names.ts'),
  ]);
  return describeGeneric([ipvsNames]);
}

/**
 * The IPVS of one network namespace, over generic netlink (`<linux/ip_vs.h>`).
 *
 * Calls may overlap and are carried out in the order made. A value of the wrong type is a {@link TypeError} and a number out of
 * its attribute's range a {@link RangeError}, before anything is sent. A request that the kernel refuses rejects with
 * {@link IpvsError}: its message names the request and the reason, and its `errno` is the kernel's: `EPERM` without
 * `CAP_NET_ADMIN`, `EINVAL` for invalid values, and those listed for each method. When communication with the kernel fails,
 * calls reject with {@link NetlinkError}.
 *
 * The kernel does not report that a list changed while it was being read: an entry that moved meanwhile may be missing or
 * appear twice.
 *
 * A client outlives the module `ip_vs`: while that is not loaded, calls reject with `FAMILY_NOT_FOUND`, and they succeed again
 * when it is loaded again.
 *
 * @example
 * const ipvs = await Ipvs.open();
 * for (const { id } of await ipvs.services()) console.log(id, await ipvs.destinations(id));
 * ipvs.close();
 */
export class Ipvs {
  /** @internal */
  readonly connection: Connection;
  #family: GenericFamily;

  private constructor(connection: Connection, family: GenericFamily) {
    this.connection = connection;
    this.#family = family;
  }

  /**
   * Opens a client, which keeps the process running until it is closed. Rejects with `FAMILY_NOT_FOUND` when the kernel has no
   * IPVS (the module `ip_vs` is not loaded).
   */
  static async open({ transport, loadModule = true }: IpvsOptions = {}): Promise<Ipvs> {
    const connection = new Connection(transport ?? (await openSocket(NETLINK_GENERIC, loadNames)));
    try {
      const find = loadModule ? GenericFamily.find : findPresentFamily;
      return new Ipvs(connection, await find(connection, IPVS_GENL_NAME));
    } catch (error) {
      connection.close();
      throw ofOpening(error);
    }
  }

  /** Closes the client: pending calls reject with `CLOSED`, and so does every later call. */
  close(): void {
    this.connection.close();
  }

  /** Reads the version of the kernel's IPVS and the size of its connection table. */
  info(): Promise<Info> {
    return this.#get({ request: 'info' }, bareCommand(IPVS_CMD.GET_INFO), infoSchema);
  }

  /** Lists all virtual services, in the order of the kernel's hash table. */
  services(): Promise<Service[]> {
    return this.#list({ request: 'services' }, bareCommand(IPVS_CMD.GET_SERVICE), serviceSchema);
  }

  /** Reads one virtual service. Rejects with `ESRCH` when it does not exist. */
  service(id: ServiceId): Promise<Service> {
    return this.#get(
      { request: 'service', service: id },
      aboutService(IPVS_CMD.GET_SERVICE, id),
      serviceSchema,
    );
  }

  /** Lists the real servers of a service, in the kernel's order: newest first. Empty when the service does not exist. */
  async destinations(service: ServiceId): Promise<Destination[]> {
    const [destinations = []] = await this.destinationsOf([service]);
    return destinations;
  }

  /** Lists the real servers of several services: one list per service, in the same order. */
  destinationsOf(services: readonly ServiceId[]): Promise<Destination[][]> {
    const [service] = services.length === 1 ? services : [];
    const commands = services.map((id) => aboutService(IPVS_CMD.GET_DEST, id));
    const found: Destination[][] = [];
    const dumpSet: DumpSet = {
      count: services.length,
      request: (index) => this.requestOf(commands[index] ?? bareCommand(IPVS_CMD.GET_DEST)),
      begin: (index) => {
        found[index] = [];
      },
      onMessage: (message, index) => {
        const id = services[index];
        if (id) found[index]?.push(destinationSchema.decode(message, familyOf(id)));
      },
    };
    const list = () => this.connection.withLock(() => dumpLists(this.connection, dumpSet));
    return this.#withOperation({ request: 'destinations', service }, list).then(() => found);
  }

  /** Reads the connection timeouts, in seconds. */
  timeouts(): Promise<Timeouts> {
    return this.#get({ request: 'timeouts' }, bareCommand(IPVS_CMD.GET_CONFIG), timeoutsSchema);
  }

  /** Lists the running synchronisation daemons: none, one, or one of each role. */
  daemons(): Promise<SyncDaemon[]> {
    return this.#list({ request: 'daemons' }, bareCommand(IPVS_CMD.GET_DAEMON), daemonSchema);
  }

  /**
   * Adds a virtual service. Rejects with `EEXIST` when it exists already, `ENOENT` when there is no such scheduler or
   * persistence engine.
   */
  addService(service: ServiceId, settings: ServiceSettings): Promise<void> {
    return this.execute({ request: 'addService', service, settings });
  }

  /**
   * Replaces all settings of a virtual service. Rejects with `ESRCH` when it does not exist, `ENOENT` when there is no such
   * scheduler or persistence engine.
   */
  updateService(service: ServiceId, settings: ServiceSettings): Promise<void> {
    return this.execute({ request: 'updateService', service, settings });
  }

  /** Removes a virtual service and its real servers. Rejects with `ESRCH` when it does not exist. */
  removeService(service: ServiceId): Promise<void> {
    return this.execute({ request: 'removeService', service });
  }

  /** Adds a real server to a service. Rejects with `EEXIST` when it exists already, `ESRCH` when the service does not exist. */
  addDestination(
    service: ServiceId,
    destination: DestinationId,
    settings: DestinationSettings,
  ): Promise<void> {
    return this.execute({ request: 'addDestination', service, destination, settings });
  }

  /**
   * Replaces all settings of a real server. Rejects with `ENOENT` when it does not exist, `ESRCH` when the service does not.
   */
  updateDestination(
    service: ServiceId,
    destination: DestinationId,
    settings: DestinationSettings,
  ): Promise<void> {
    return this.execute({ request: 'updateDestination', service, destination, settings });
  }

  /** Removes a real server from a service. Rejects with `ENOENT` when it does not exist, `ESRCH` when the service does not. */
  removeDestination(service: ServiceId, destination: DestinationId): Promise<void> {
    return this.execute({ request: 'removeDestination', service, destination });
  }

  /** Removes all virtual services. */
  flush(): Promise<void> {
    return this.execute({ request: 'flush' });
  }

  /**
   * Zeroes the counters of a service and its real servers; without a service, those of all services and the totals. Rejects
   * with `ESRCH` when the service does not exist.
   */
  zero(service?: ServiceId): Promise<void> {
    return this.execute({ request: 'zero', service });
  }

  /** Sets the connection timeouts, in seconds; 0 leaves a timeout unchanged. */
  setTimeouts(timeouts: Timeouts): Promise<void> {
    return this.execute({ request: 'setTimeouts', timeouts });
  }

  /**
   * Starts a synchronisation daemon. Rejects with `EEXIST` when one of its role is running, `ENODEV` when there is no such
   * interface.
   */
  startDaemon(daemon: SyncDaemon): Promise<void> {
    return this.execute({ request: 'startDaemon', daemon });
  }

  /** Stops the synchronisation daemon of a role. Rejects with `ESRCH` when none is running. */
  stopDaemon(role: SyncRole): Promise<void> {
    return this.execute({ request: 'stopDaemon', role });
  }

  /** Carries out one request, like the method that it names. */
  async execute(request: IpvsRequest): Promise<void> {
    const command = toCommand(request);
    return this.#withOperation(request, () => this.connection.execute(this.requestOf(command)));
  }

  /**
   * Carries out many requests in order, continuing after refusals, and much faster than one by one. Returns for each request
   * `undefined`, or the error that its method would have rejected with. Rejects with {@link BatchError}, which tells how far
   * the batch got, when communication with the kernel fails.
   *
   * All requests are checked before the first is sent: a value that cannot be encoded rejects with {@link TypeError} or
   * {@link RangeError}.
   */
  async batch(requests: Iterable<IpvsRequest>): Promise<Outcome[]> {
    const all = [...requests];
    const { id } = this.#family;
    let outcomes = await this.#carryOut(all);
    if (!outcomes.some(Boolean)) return outcomes;
    // Requests to a family that is gone are refused without exception.
    if (outcomes.every((outcome) => outcome?.errno === ENOENT) && (await this.#hasMoved(id)))
      outcomes = await this.#carryOut(all);
    return outcomes.map((outcome, index) => {
      const request = all[index];
      return outcome && request && new IpvsError(request, outcome);
    });
  }

  #carryOut(requests: readonly IpvsRequest[]): Promise<Outcome[]> {
    const batch = this.prepare();
    batch.addAll(requests);
    return batch.carryOut();
  }

  /** Returns an empty batch, for requests that are added one by one and carried out later, or never. */
  prepare(): IpvsBatch {
    return new IpvsBatch(this);
  }

  /**
   * Makes the netlink request for a command.
   * @internal
   */
  requestOf({ command, body }: Command): Request {
    return this.#family.request(command, body);
  }

  /** Requests one object. */
  #get<T>(operation: IpvsOperation, command: Command, schema: Decoder<T>): Promise<T> {
    return this.#withOperation(operation, () =>
      this.connection.request(this.requestOf(command), (message) => schema.decode(message)),
    );
  }

  /** Requests a list of objects. */
  #list<T>(operation: IpvsOperation, command: Command, schema: Decoder<T>): Promise<T[]> {
    const { connection } = this;
    return this.#withOperation(operation, () => {
      const request = this.requestOf(command);
      return connection.withLock(() => dump(connection, request, (message) => schema.decode(message)));
    });
  }

  /** Turns a refusal into an {@link IpvsError} that names the request. Sends it again if it went to a family that is gone. */
  #withOperation<T>(operation: IpvsOperation, send: () => Promise<T>): Promise<T> {
    const { id } = this.#family;
    return send()
      .catch(async (error: unknown) => {
        const mayBeGone = error instanceof NetlinkError && error.errno === ENOENT;
        if (mayBeGone && (await this.#hasMoved(id))) return send();
        throw error;
      })
      .catch((error: unknown) => {
        throw withOperation(operation, error);
      });
  }

  /**
   * Finds the family again, and resolves to whether it has another number than `id` now: it gets a new one each time that its module
   * is loaded, and the kernel refuses requests to the old one with `ENOENT` (`genl_rcv_msg`, net/netlink/genetlink.c). Rejects with
   * `FAMILY_NOT_FOUND` when the module is not loaded, and does not load it.
   */
  async #hasMoved(id: number): Promise<boolean> {
    try {
      this.#family = await findPresentFamily(this.connection, IPVS_GENL_NAME);
    } catch (error) {
      throw ofOpening(error);
    }
    return this.#family.id !== id;
  }
}
