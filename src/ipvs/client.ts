import type { Outcome } from '../netlink/errors.ts';
import type { IpvsBatch } from './batch.ts';
import type {
  Destination,
  DestinationId,
  DestinationSettings,
  Info,
  Service,
  ServiceId,
  ServiceSettings,
  SyncDaemon,
  SyncRole,
  Timeouts,
} from './model.ts';
import type { IpvsRequest } from './requests.ts';
import { type IpvsOptions, Session } from './session.ts';

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
  /** @internal */
  readonly session: Session;

  private constructor(session: Session) {
    this.session = session;
  }

  /** @internal */
  static of(session: Session): Ipvs {
    return new Ipvs(session);
  }

  /**
   * Opens a client; it keeps the process running until it is closed.
   * Rejects with `FAMILY_NOT_FOUND` when the kernel has no IPVS: the module `ip_vs` is not loaded, and the kernel cannot load
   * it by itself, or may not ({@link IpvsOptions.loadModule}).
   */
  static async open(options: IpvsOptions = {}): Promise<Ipvs> {
    return Ipvs.of(await Session.open(options));
  }

  /** Ends it: what is under way rejects with `CLOSED`, and so does every later call. */
  close(): void {
    this.session.close();
  }

  /** Version of the kernel's IPVS and size of its connection table. */
  info(): Promise<Info> {
    return this.session.info();
  }

  /** All virtual services, in the kernel's order, which is that of its hash table. */
  services(): Promise<Service[]> {
    return this.#query(({ services }) => services(this.session));
  }

  /** One virtual service. Rejects with `ESRCH` when there is none such. */
  service(id: ServiceId): Promise<Service> {
    return this.#query(({ service }) => service(this.session, id));
  }

  /** The real servers of a service, in the kernel's order: the newest first. None when there is no such service. */
  async destinations(service: ServiceId): Promise<Destination[]> {
    const [destinations = []] = await this.destinationsOf([service]);
    return destinations;
  }

  /** The same of several services, in their order. */
  destinationsOf(services: readonly ServiceId[]): Promise<Destination[][]> {
    return this.#query(({ destinationsOf }) => destinationsOf(this.session, services));
  }

  /** Timeouts of connections, in seconds. */
  timeouts(): Promise<Timeouts> {
    return this.#query(({ timeouts }) => timeouts(this.session));
  }

  /** The synchronisation daemons that run: none, one, or one of each role. */
  daemons(): Promise<SyncDaemon[]> {
    return this.#query(({ daemons }) => daemons(this.session));
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
    return this.session.execute(request);
  }

  /**
   * Carries out many requests in order, whatever becomes of each, and much faster than one by one. Gives for each
   * `undefined`, or the error that its method would have rejected with. Rejects with {@link BatchError} when the
   * conversation with the kernel breaks off; that tells how far it had come.
   *
   * All of them are taken before the first is sent; one with a number out of range is a {@link RangeError} then.
   */
  batch(requests: Iterable<IpvsRequest>): Promise<Outcome[]> {
    const all = [...requests];
    return this.session.connection.inTurn(async () => {
      const batch = await this.prepare();
      for (const request of all) batch.add(request);
      return batch.carryOutNow();
    });
  }

  /** An empty batch, for requests that are made one after the other and carried out later, or never. */
  async prepare(): Promise<IpvsBatch> {
    const { IpvsBatch } = await import('./batch.ts');
    return new IpvsBatch(this.session);
  }

  /** Asks the kernel for something. What does so is loaded here, as most commands only change something. */
  #query<T>(ask: (queries: typeof import('./queries.ts')) => Promise<T>): Promise<T> {
    return this.session.connection.inTurn(async () => ask(await import('./queries.ts')));
  }
}
