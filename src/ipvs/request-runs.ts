import type { Requests } from '../netlink/batch.ts';
import type { Window } from '../netlink/window.ts';
import type { MessageWriter } from '../netlink/writer.ts';
import type { InetEndpoints } from './model.ts';
import { isPort, type RequestPattern } from './request-pattern.ts';

/**
 * Requests that are like patterns, in runs of one pattern and service: what they differ in, as numbers, until they are
 * written.
 */
export class RequestRuns implements Requests, InetEndpoints {
  count = 0;
  // Of the run that is written.
  serviceAddress = 0;
  servicePort = 0;
  // By the number of the request, also where it is about none.
  serverAddresses = new Int32Array(16);
  serverPorts = new Uint16Array(16);
  // By the number of the run: what its requests are about, and how many there are.
  readonly #patterns: RequestPattern[] = [];
  readonly #serviceAddresses: number[] = [];
  readonly #servicePorts: number[] = [];
  readonly #counts: number[] = [];
  /** The run that the request to be written next belongs to, and how many of it have been written. */
  #run = 0;
  #writtenOfRun = 0;

  /** Puts `count` behind the others. A port of the service that there is not is a {@link RangeError}, and nothing is added. */
  add(pattern: RequestPattern, of: InetEndpoints, count: number): void {
    const { serviceAddress, servicePort, serverAddresses, serverPorts } = of;
    if (!isPort(servicePort)) throw new RangeError(`${servicePort} is no port`);
    const first = this.count;
    this.count += count;
    if (this.count > this.serverPorts.length) this.#makeRoom();
    for (let index = 0; index < count; index++) {
      this.serverAddresses[first + index] = serverAddresses[index] ?? 0;
      this.serverPorts[first + index] = serverPorts[index] ?? 0;
    }
    const latest = this.#patterns.length - 1;
    if (
      this.#patterns[latest] === pattern &&
      this.#serviceAddresses[latest] === serviceAddress &&
      this.#servicePorts[latest] === servicePort
    ) {
      this.#counts[latest] = (this.#counts[latest] ?? 0) + count;
      return;
    }
    this.#patterns.push(pattern);
    this.#serviceAddresses.push(serviceAddress);
    this.#servicePorts.push(servicePort);
    this.#counts.push(count);
  }

  #makeRoom(): void {
    const { serverAddresses, serverPorts } = this;
    const length = Math.max(this.count, 2 * serverPorts.length);
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
    for (; ; this.#run++, this.#writtenOfRun = 0) {
      const pattern = this.#patterns[this.#run];
      if (!pattern) return written;
      const left = (this.#counts[this.#run] ?? 0) - this.#writtenOfRun;
      const count = window.take(pattern.length, left);
      if (count > 0) {
        this.serviceAddress = this.#serviceAddresses[this.#run] ?? 0;
        this.servicePort = this.#servicePorts[this.#run] ?? 0;
        pattern.write(writer, this, first + written, count, sequence + written);
        written += count;
      }
      if (count < left) {
        this.#writtenOfRun += count;
        return written;
      }
    }
  }
}
