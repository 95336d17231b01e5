import { platform } from '#platform';
import type { RequestSource } from '../../netlink/batch.ts';
import { type DatagramBudget, longestDatagram } from '../../netlink/datagram-budget.ts';
import { type MessageWriter, sequenceOffset } from '../../netlink/writer.ts';
import type { RequestTemplate } from './request-template.ts';

// Words of a copy: template number, rule line, service address, both ports, server address.
const wordsOfCopy = 5;
const copiesOfChunk = 4096;

/** Requests that are copies of templates with other IPv4 addresses and ports, encoded when they are sent. */
export class RequestCopies implements RequestSource {
  count = 0;
  readonly #templates: readonly RequestTemplate[];
  readonly #chunks: Int32Array[] = [];
  /** Chunk being filled, and the number of words used in it. */
  #chunk = new Int32Array(0);
  #filled = 0;

  /** @param templates Templates by number; more may be added to them. */
  constructor(templates: readonly RequestTemplate[]) {
    this.#templates = templates;
  }

  /**
   * Appends a copy. Addresses are 32-bit numbers, most significant byte first; ports are in host order, 0 to 65535. Those of
   * the server are ignored if the template has no server.
   */
  add(
    template: number,
    line: number,
    serviceAddress: number,
    servicePort: number,
    serverAddress: number,
    serverPort: number,
  ): void {
    if (this.#filled === this.#chunk.length) this.#addChunk();
    const chunk = this.#chunk;
    const at = this.#filled;
    chunk[at] = template;
    chunk[at + 1] = line;
    chunk[at + 2] = serviceAddress;
    chunk[at + 3] = (servicePort << 16) | serverPort;
    chunk[at + 4] = serverAddress;
    this.#filled = at + wordsOfCopy;
    this.count++;
  }

  /** Returns the template number and rule line of a copy. */
  at(index: number): { readonly template: number; readonly line: number } {
    const chunk = this.#chunks[Math.floor(index / copiesOfChunk)];
    const at = wordsOfCopy * (index % copiesOfChunk);
    return { template: chunk?.[at] ?? 0, line: chunk?.[at + 1] ?? 0 };
  }

  write(first: number, budget: DatagramBudget, writer: MessageWriter, sequence: number): number {
    let next = first;
    while (next < this.count) {
      const start = next % copiesOfChunk;
      const end = Math.min(copiesOfChunk, start + this.count - next);
      const chunk = this.#chunks[(next - start) / copiesOfChunk] ?? this.#chunk;
      const written = this.writeChunk(chunk, start, end, budget, writer, sequence + next - first);
      next += written;
      if (start + written < end) break;
    }
    return next - first;
  }

  /** Writes the copies of a chunk from number `start`, excluding `end`, as {@link write} does. */
  writeChunk(
    chunk: Int32Array,
    start: number,
    end: number,
    budget: DatagramBudget,
    writer: MessageWriter,
    sequence: number,
  ): number {
    const templates = this.#templates;
    const bytes = writer.room(longestDatagram);
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    let at = 0;
    let copy = start;
    for (; copy < end; copy++) {
      const number = wordsOfCopy * copy;
      const template = templates[chunk[number] ?? 0];
      if (!template || !budget.reserve(template.length)) break;
      const message = template.words;
      for (let index = 0; index < message.length; index++) words[at / 4 + index] = message[index] ?? 0;
      words[(at + sequenceOffset) / 4] = sequence + copy - start;
      const ports = chunk[number + 3] ?? 0;
      putAddress(bytes, at + template.serviceAddress, chunk[number + 2] ?? 0);
      putPort(bytes, at + template.servicePort, ports >>> 16);
      if (template.hasServer) {
        putAddress(bytes, at + template.serverAddress, chunk[number + 4] ?? 0);
        putPort(bytes, at + template.serverPort, ports);
      }
      at += template.length;
    }
    writer.advance(at);
    return copy - start;
  }

  #addChunk(): void {
    if (this.#chunks.length > 0) platform.beginBulk();
    this.#chunk = new Int32Array(copiesOfChunk * wordsOfCopy);
    this.#chunks.push(this.#chunk);
    this.#filled = 0;
  }
}

/** Writes an IPv4 address in network order. */
function putAddress(bytes: Uint8Array, at: number, address: number): void {
  bytes[at] = address >>> 24;
  bytes[at + 1] = address >>> 16;
  bytes[at + 2] = address >>> 8;
  bytes[at + 3] = address;
}

/** Writes the lower 16 bits of a port in network order. */
function putPort(bytes: Uint8Array, at: number, port: number): void {
  bytes[at] = port >>> 8;
  bytes[at + 1] = port;
}

platform.tuneForBulk(RequestCopies, putAddress, putPort);
