import type { Ipvs } from '../../ipvs/client.ts';
import { type Destination, type Service, type ServiceId, serviceKey } from '../../ipvs/model.ts';
import { sortDestinations, sortServices } from '../../view/order.ts';
import { historyOf } from '../../view/watch/rates.ts';
import { Samples } from '../../view/watch/samples.ts';
import type { WatchedService } from '../../view/watch/selection.ts';
import type { Progress } from '../stdio/progress.ts';

/** A service and its samples. */
interface ServiceSamples {
  readonly key: string;
  readonly service: Samples<Service>;
  servers: Samples<readonly Destination[]> | undefined;
}

/** Options of {@link TableReader.read}. */
export interface ReadOptions {
  /** Keys of services whose servers are read in any case. */
  readonly wanted: ReadonlySet<string>;
  /** Milliseconds that reading servers of other services may take. */
  readonly spare: number;
  /** Shows the progress; only for use while nothing else is on the terminal. */
  readonly progress?: Progress;
}

/**
 * Reads a table repeatedly. A director may have ten thousand servers, of which fifty are on the screen: those are read
 * every time, the others in turn, as far as time permits.
 */
export class TableReader {
  readonly #ipvs: Ipvs;
  readonly #id: ServiceId | undefined;
  readonly #sorted: boolean;
  #known: readonly ServiceSamples[] = [];

  /** @param id The only service to read; `undefined` for all. */
  constructor(ipvs: Ipvs, id: ServiceId | undefined, sorted: boolean) {
    this.#ipvs = ipvs;
    this.#id = id;
    this.#sorted = sorted;
  }

  /** Reads all services, and servers as {@link ReadOptions} asks. Rejects with `NetlinkError` when the kernel refuses. */
  async read({ wanted, spare, progress }: ReadOptions): Promise<void> {
    const services = this.#id ? [await this.#ipvs.service(this.#id)] : await this.#ipvs.services();
    this.#updateServices(services);
    const isNeeded = ({ key, servers }: ServiceSamples) => !servers || wanted.has(key);
    await this.#readServers(this.#known.filter(isNeeded), progress);

    const oldestFirst = this.#known
      .filter((known) => !isNeeded(known))
      .sort((a, b) => (a.servers?.latest.time ?? 0) - (b.servers?.latest.time ?? 0));
    const end = performance.now() + spare;
    for (const known of oldestFirst) {
      if (performance.now() >= end) break;
      await this.#readServers([known]);
    }
  }

  /** Reads the servers of the services in `keys` that have not been read since `time`; resolves to whether there were any. */
  async catchUp(keys: ReadonlySet<string>, time: number): Promise<boolean> {
    const outdated = this.#known.filter(
      ({ key, servers }) => keys.has(key) && (servers?.latest.time ?? 0) < time,
    );
    await this.#readServers(outdated);
    return outdated.length > 0;
  }

  /** The known services, in the order of the listing. */
  get services(): readonly WatchedService[] {
    return this.#known.map(({ key, service, servers }) => ({
      key,
      service: service.latest.value,
      servers: servers?.latest.value ?? [],
      history: servers && historyOf(service, servers),
    }));
  }

  #updateServices(services: readonly Service[]): void {
    const time = performance.now();
    const before = new Map(this.#known.map((known) => [known.key, known]));
    const known = services.map((service): ServiceSamples => {
      const key = serviceKey(service.id);
      const old = before.get(key);
      if (!old) return { key, service: new Samples(time, service), servers: undefined };
      old.service.add(time, service);
      return old;
    });
    const isSame = known.length === before.size && known.every((one) => before.has(one.key));
    if (isSame) return;
    this.#known = this.#sorted ? sortServices(known, ({ service }) => service.latest.value.id) : known;
  }

  async #readServers(services: readonly ServiceSamples[], progress?: Progress): Promise<void> {
    for (const [index, known] of services.entries()) {
      const found = await this.#ipvs.destinations(known.service.latest.value.id);
      const servers = this.#sorted ? sortDestinations(found) : found;
      const time = performance.now();
      if (known.servers) known.servers.add(time, servers);
      else known.servers = new Samples(time, servers);
      progress?.update(index + 1, services.length);
    }
    progress?.end();
  }
}
