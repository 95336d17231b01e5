import type { Decode } from '../netlink/answer.ts';
import { Connection } from '../netlink/connection.ts';
import { NETLINK_GENERIC } from '../netlink/constants.ts';
import { dump, dumpLists, type Lists } from '../netlink/dump.ts';
import type { Outcome } from '../netlink/errors.ts';
import { findPresentFamily, GenericFamily } from '../netlink/generic.ts';
import type { Request } from '../netlink/request.ts';
import type { Describe } from '../netlink/trace/names.ts';
import { openSocket, type Transport } from '../netlink/transport.ts';
import { IpvsBatch } from './batch.ts';
import {
  IPVS_CMD_GET_CONFIG,
  IPVS_CMD_GET_DAEMON,
  IPVS_CMD_GET_DEST,
  IPVS_CMD_GET_INFO,
  IPVS_CMD_GET_SERVICE,
  IPVS_GENL_NAME,
} from './constants.ts';
import { type AskedOfIpvs, IpvsError, withRequest } from './errors.ts';
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
  /** Carries the messages instead of a socket of this process's network namespace. */
  readonly transport?: Transport | undefined;
  /**
   * True when the kernel may load the module `ip_vs` where it has no IPVS yet, as it does by itself when IPVS is asked for by
   * name; by default it may.
   */
  readonly loadModule?: boolean | undefined;
}

/** A schema that makes objects of messages. */
type Decoder<T> = { readonly decode: Decode<T> };

/** Loads the names of messages, for a trace. */
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
 * Calls may overlap and are carried out in the order made. A value of a wrong type is a {@link TypeError} and a number out of
 * its attribute's range a {@link RangeError}, before anything is sent. What the kernel refuses rejects with {@link IpvsError},
 * whose message says what was asked and why it was refused, and whose `errno` is the kernel's: `EPERM` without
 * `CAP_NET_ADMIN`, `EINVAL` for what makes no sense, and what each method names. When the conversation with the kernel
 * breaks off, calls reject with {@link NetlinkError}.
 *
 * The kernel does not tell when a list changes while it is read: an entry that moves then may be missing or there twice.
 *
 * @example
 * const ipvs = await Ipvs.open();
 * for (const { id } of await ipvs.services()) console.log(id, await ipvs.destinations(id));
 * ipvs.close();
 */
export class Ipvs {
  /** @internal */
  readonly connection: Connection;
  readonly #family: GenericFamily;

  private constructor(connection: Connection, family: GenericFamily) {
    this.connection = connection;
    this.#family = family;
  }

  /**
   * Opens a client; it keeps the process running until it is closed.
   * Rejects with `FAMILY_NOT_FOUND` when the kernel has no IPVS (the module `ip_vs` is not loaded).
   */
  static async open({ transport, loadModule = true }: IpvsOptions = {}): Promise<Ipvs> {
    const connection = new Connection(transport ?? (await openSocket(NETLINK_GENERIC, loadNames)));
    try {
      const find = loadModule ? GenericFamily.find : findPresentFamily;
      return new Ipvs(connection, await find(connection, IPVS_GENL_NAME));
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Closes the client: what is under way rejects with `CLOSED`, and so does every later call. */
  close(): void {
    this.connection.close();
  }

  /** Version of the kernel's IPVS and size of its connection table. */
  info(): Promise<Info> {
    return this.#get({ request: 'info' }, bareCommand(IPVS_CMD_GET_INFO), infoSchema);
  }

  /** All virtual services, in the kernel's order, which is that of its hash table. */
  services(): Promise<Service[]> {
    return this.#list({ request: 'services' }, bareCommand(IPVS_CMD_GET_SERVICE), serviceSchema);
  }

  /** One virtual service. Rejects with `ESRCH` when there is none such. */
  service(id: ServiceId): Promise<Service> {
    return this.#get(
      { request: 'service', service: id },
      aboutService(IPVS_CMD_GET_SERVICE, id),
      serviceSchema,
    );
  }

  /** The real servers of a service, in the kernel's order: the newest first. None when there is no such service. */
  async destinations(service: ServiceId): Promise<Destination[]> {
    const [destinations = []] = await this.destinationsOf([service]);
    return destinations;
  }

  /** The real servers of several services, in the order of these. */
  destinationsOf(services: readonly ServiceId[]): Promise<Destination[][]> {
    const [service] = services.length === 1 ? services : [];
    const commands = services.map((id) => aboutService(IPVS_CMD_GET_DEST, id));
    const found: Destination[][] = [];
    const lists: Lists = {
      count: services.length,
      request: (index) => this.requestOf(commands[index] ?? bareCommand(IPVS_CMD_GET_DEST)),
      begin: (index) => {
        found[index] = [];
      },
      take: (message, index) => {
        const id = services[index];
        if (id) found[index]?.push(destinationSchema.decode(message, familyOf(id)));
      },
    };
    const listed = this.connection.withLock(() => dumpLists(this.connection, lists));
    return this.#naming({ request: 'destinations', service }, listed).then(() => found);
  }

  /** Timeouts of connections, in seconds. */
  timeouts(): Promise<Timeouts> {
    return this.#get({ request: 'timeouts' }, bareCommand(IPVS_CMD_GET_CONFIG), timeoutsSchema);
  }

  /** The synchronisation daemons that run: none, one, or one of each role. */
  daemons(): Promise<SyncDaemon[]> {
    return this.#list({ request: 'daemons' }, bareCommand(IPVS_CMD_GET_DAEMON), daemonSchema);
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
  async execute(request: IpvsRequest): Promise<void> {
    return this.#naming(request, this.connection.execute(this.requestOf(toCommand(request))));
  }

  /**
   * Carries out many requests in order, whatever becomes of each, and much faster than one by one. Gives for each
   * `undefined`, or the error that its method would have rejected with. Rejects with {@link BatchError} when the
   * conversation with the kernel breaks off; that tells how far it had come.
   *
   * All of them are taken before the first is sent; a value that cannot be sent is a {@link TypeError} or
   * {@link RangeError} then.
   */
  async batch(requests: Iterable<IpvsRequest>): Promise<Outcome[]> {
    const all = [...requests];
    const batch = this.prepare();
    batch.addAll(all);
    const outcomes = await batch.carryOut();
    if (!outcomes.some(Boolean)) return outcomes;
    return outcomes.map((outcome, index) => {
      const request = all[index];
      return outcome && request && new IpvsError(request, outcome);
    });
  }

  /** An empty batch, for requests that are made one after the other and carried out later, or never. */
  prepare(): IpvsBatch {
    return new IpvsBatch(this);
  }

  /**
   * Makes the request that asks the kernel for a command.
   * @internal
   */
  requestOf({ command, body }: Command): Request {
    return this.#family.request(command, body);
  }

  /** Asks for one thing. */
  #get<T>(asked: AskedOfIpvs, command: Command, schema: Decoder<T>): Promise<T> {
    const answer = this.connection.request(this.requestOf(command), (message) => schema.decode(message));
    return this.#naming(asked, answer);
  }

  /** Asks for a list. */
  #list<T>(asked: AskedOfIpvs, command: Command, schema: Decoder<T>): Promise<T[]> {
    const { connection } = this;
    const request = this.requestOf(command);
    const listed = connection.withLock(() => dump(connection, request, (message) => schema.decode(message)));
    return this.#naming(asked, listed);
  }

  /** Has a refusal say what was asked. */
  #naming<T>(asked: AskedOfIpvs, answer: Promise<T>): Promise<T> {
    return answer.catch((error: unknown) => {
      throw withRequest(asked, error);
    });
  }
}
