import type { Requests } from '../netlink/batch.ts';
import type { Window } from '../netlink/window.ts';
import type { MessageWriter } from '../netlink/writer.ts';
import type { InetEndpoints } from './model.ts';
import { isPort, type RequestPattern } from './request-pattern.ts';

// Where the numbers of a run stand: what the requests are about, and how many there are.
const run = { serviceAddress: 0, servicePort: 1, count: 2, length: 3 } as const;

/**
 * Requests that are like patterns, in runs of one pattern and service: what they differ in, as numbers, until they are
 * written.
 */
export class PatternRequests implements Requests, InetEndpoints {
  count = 0;
  // Of the run that is written.
  serviceAddress = 0;
  servicePort = 0;
  // By the number of the request, also where it is about none.
  serverAddresses = new Int32Array(16);
  serverPorts = new Uint16Array(16);
  /** The pattern of each run. */
  readonly #patterns: RequestPattern[] = [];
  #runs = new Int32Array(8 * run.length);
  /** The run that the request to be written next belongs to, and how many of it have been written. */
  #run = 0;
  #writtenOfRun = 0;

  /** Puts `count` behind the others. A port of the service that there is not is a {@link RangeError}, and nothing is added. */
  add(pattern: RequestPattern, of: InetEndpoints, count: number): void {
    const { serviceAddress, servicePort, serverAddresses, serverPorts } = of;
    if (!isPort(servicePort)) throw new RangeError(`${servicePort} is no port`);
    const first = this.count;
    const end = first + count;
    if (end > this.serverPorts.length) this.#makeRoom(end);
    for (let index = 0; index < count; index++) {
      this.serverAddresses[first + index] = serverAddresses[index] ?? 0;
      this.serverPorts[first + index] = serverPorts[index] ?? 0;
    }
    this.count = end;
    const base = this.#openRun(pattern, serviceAddress, servicePort);
    this.#runs[base + run.count] = (this.#runs[base + run.count] ?? 0) + count;
  }

  /** Where the numbers of the latest run stand; a new one, unless that is of this pattern and service. */
  #openRun(pattern: RequestPattern, serviceAddress: number, servicePort: number): number {
    const patterns = this.#patterns;
    const latest = (patterns.length - 1) * run.length;
    if (
      patterns[patterns.length - 1] === pattern &&
      this.#runs[latest + run.serviceAddress] === serviceAddress &&
      this.#runs[latest + run.servicePort] === servicePort
    ) {
      return latest;
    }
    const base = latest + run.length;
    if (base === this.#runs.length) {
      const grown = new Int32Array(2 * base);
      grown.set(this.#runs);
      this.#runs = grown;
    }
    patterns.push(pattern);
    this.#runs[base + run.serviceAddress] = serviceAddress;
    this.#runs[base + run.servicePort] = servicePort;
    return base;
  }

  #makeRoom(count: number): void {
    const length = Math.max(count, 2 * this.serverPorts.length);
    const { serverAddresses, serverPorts } = this;
    this.serverAddresses = new Int32Array(length);
    this.serverAddresses.set(serverAddresses);
    this.serverPorts = new Uint16Array(length);
    this.serverPorts.set(serverPorts);
  }

  write(first: number, window: Window, writer: MessageWriter, sequence: number): number {
    if (first === 0) {
      this.#run = 0;
      this.#writtenOfRun = 0;
    }
    let written = 0;
    for (; first + written < this.count; this.#run++, this.#writtenOfRun = 0) {
      const base = this.#run * run.length;
      const pattern = this.#patterns[this.#run];
      if (!pattern) break;
      const left = (this.#runs[base + run.count] ?? 0) - this.#writtenOfRun;
      const count = window.take(pattern.length, left);
      if (count > 0) {
        this.serviceAddress = this.#runs[base + run.serviceAddress] ?? 0;
        this.servicePort = this.#runs[base + run.servicePort] ?? 0;
        pattern.write(writer, this, first + written, count, sequence + written);
        written += count;
      }
      if (count < left) {
        this.#writtenOfRun += count;
        break;
      }
    }
    return written;
  }
}
