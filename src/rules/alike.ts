import { Address } from '../ipvs/address.ts';
import type { AddressServiceId, InetEndpoints } from '../ipvs/model.ts';
import type { Command } from './command.ts';
import { limits } from './limits.ts';
import type { Rule } from './rule-file.ts';

/** A command that adds something at an IPv4 address. */
type AddCommand = Command & {
  readonly name: 'add-service' | 'add-server';
  readonly service: AddressServiceId;
};

/** So many rules are read at a time. */
const mostTogether = 64;

/**
 * Rules in a row that are like one before but for IPv4 addresses and ports: one that adds a service, or some that add servers
 * to one. Lent until the next are read.
 */
export class AlikeRun implements InetEndpoints {
  /** The line of the first; the others follow it. */
  place = 0;
  count = 0;
  /** The command of the rule that they are like: the same object for all that are like it. */
  model: AddCommand;
  serviceAddress = 0;
  servicePort = 0;
  readonly serverAddresses = new Int32Array(mostTogether);
  readonly serverPorts = new Uint16Array(mostTogether);

  constructor(model: AddCommand) {
    this.model = model;
  }

  /** The rules themselves, which share their settings with that one, and their service. */
  *rules(): Generator<Rule> {
    const { model, place } = this;
    const address = Address.fromWord(this.serviceAddress);
    const service: AddressServiceId = { ...model.service, address, port: this.servicePort };
    if (model.name === 'add-service') {
      yield { place, command: { name: model.name, service, settings: model.settings } };
      return;
    }
    for (let index = 0; index < this.count; index++) {
      const address = Address.fromWord(this.serverAddresses[index] ?? 0);
      const server = { address, port: this.serverPorts[index] ?? 0 };
      const command: Command = { name: model.name, service, server, settings: model.settings };
      yield { place: place + index, command };
    }
  }
}

/** What stands behind the addresses, with the end of the line, and the command of a rule that ended so. */
interface Ending {
  readonly text: string;
  readonly model: AddCommand;
}

/** So many endings are known at a time; more than a rule file has, as a rule. */
const mostEndings = 256;

/** Rules that begin alike. */
class Kind {
  /** What they begin with, up to the address of the service. */
  readonly beginning: string;
  readonly isOfServers: boolean;
  /** Their endings by text. */
  readonly #endings = new Map<string, Ending>();
  #latest: Ending | undefined;

  constructor(beginning: string, isOfServers: boolean) {
    this.beginning = beginning;
    this.isOfServers = isOfServers;
  }

  learn(text: string, model: AddCommand): void {
    if (this.#endings.size >= mostEndings) this.#endings.clear();
    this.#endings.set(text, { text, model });
  }

  /** The ending that stands in a file from `at` on, if it is known. */
  find(text: string, at: number): Ending | undefined {
    const latest = this.#latest;
    if (latest && text.startsWith(latest.text, at)) return latest;
    const newline = text.indexOf('\n', at);
    const found = newline < 0 ? undefined : this.#endings.get(text.slice(at, newline + 1));
    if (found) this.#latest = found;
    return found;
  }
}

/**
 * Reads rules that are like one before but for addresses and ports, as nearly all of a saved table are: `-A -t 192.0.2.1:80 …`
 * and `-a -t 192.0.2.1:80 -r 10.0.0.1:80 …`. What stands behind the addresses is not read again, and commands made of the same
 * text share their settings.
 */
export class AlikeRules {
  readonly #kinds = [
    new Kind('-a -t ', true),
    new Kind('-a -u ', true),
    new Kind('-A -t ', false),
    new Kind('-A -u ', false),
  ];
  /** If the latest rule was of a server, its kind and what it begins with, up to the server's address. */
  #kind: Kind | undefined;
  #sameService = '';
  // What `#endpoint` has read.
  #address = 0;
  #port = 0;

  /** What has been read: none as long as nothing has been learnt. */
  run: AlikeRun | undefined;

  /** Reads lines from `start` on, if they are like one that has been learnt; gives where the next is, below 0 if the first is not. */
  read(text: string, start: number): number {
    const { run } = this;
    if (!run) return -1;
    const same = this.#kind;
    if (same && text.startsWith(this.#sameService, start)) return this.#readServers(run, same, text, start);
    this.#kind = undefined;
    const kind = this.#kindOf(text, start);
    if (!kind) return -1;
    const at = this.#endpoint(text, start + kind.beginning.length);
    if (at < 0) return -1;
    run.serviceAddress = this.#address;
    run.servicePort = this.#port;
    if (kind.isOfServers) {
      if (!text.startsWith(link, at)) return -1;
      this.#kind = kind;
      this.#sameService = text.slice(start, at + link.length);
      return this.#readServers(run, kind, text, start);
    }
    const ending = kind.find(text, at);
    if (!ending) return -1;
    run.model = ending.model;
    run.count = 1;
    return at + ending.text.length;
  }

  /** Reads lines of servers of the same service, with the same ending; the first is known to be about that service. */
  #readServers(run: AlikeRun, kind: Kind, text: string, start: number): number {
    const beginning = this.#sameService;
    const { serverAddresses, serverPorts } = run;
    let at = this.#endpoint(text, start + beginning.length);
    const ending = at < 0 ? undefined : kind.find(text, at);
    if (!ending) return -1;
    // Up to the next server's address: to compare both at once takes half as long.
    const between = ending.text + beginning;
    let count = 0;
    let next = start;
    while (at >= 0) {
      const goesOn = text.startsWith(between, at);
      if (!goesOn && !text.startsWith(ending.text, at)) break;
      serverAddresses[count] = this.#address;
      serverPorts[count] = this.#port;
      count++;
      next = at + ending.text.length;
      if (!goesOn || count === mostTogether) break;
      at = this.#endpoint(text, at + between.length);
    }
    const { model } = ending;
    run.model = model;
    run.count = count;
    // As with any rule: only network address translation can change the port.
    const isPortKept = model.name === 'add-server' && model.settings.forwarding !== 'masquerade';
    if (isPortKept) serverPorts.fill(run.servicePort, 0, count);
    return next;
  }

  /** Notes the command of the line from `start` on, for lines like that. */
  learn(text: string, start: number, command: Command): void {
    if (command.name !== 'add-service' && command.name !== 'add-server') return;
    const { service } = command;
    const kind = this.#kindOf(text, start);
    if (!kind || service.kind !== 'address') return;
    let at = this.#endpoint(text, start + kind.beginning.length);
    if (at >= 0 && kind.isOfServers) {
      at = text.startsWith(link, at) ? this.#endpoint(text, at + link.length) : -1;
    }
    const newline = at < 0 ? -1 : text.indexOf('\n', at);
    // An address ends where a blank or the end of the line is.
    if (newline < 0 || (newline > at && text.charCodeAt(at) !== blank)) return;
    const model = command as AddCommand;
    kind.learn(text.slice(at, newline + 1), model);
    this.run ??= new AlikeRun(model);
  }

  #kindOf(text: string, start: number): Kind | undefined {
    for (const kind of this.#kinds) {
      if (text.startsWith(kind.beginning, start)) return kind;
    }
    return undefined;
  }

  /**
   * Reads an IPv4 address and a port above 0, both as they are written by default. Gives where what is behind it stands;
   * below 0 where something else stands there.
   */
  #endpoint(text: string, start: number): number {
    let address = 0;
    let number = 0;
    let at = start;
    for (let part = 0; part <= 4; part++) {
      const first = at;
      number = 0;
      for (; ; at++) {
        const digit = text.charCodeAt(at) - zero;
        if (!(digit >= 0 && digit <= 9)) break;
        number = number * 10 + digit;
      }
      const length = at - first;
      const isLeadingZero = length > 1 && text.charCodeAt(first) === zero;
      if (length === 0 || length > 5 || isLeadingZero) return -1;
      if (part === 4) break;
      if (number > 255 || text.charCodeAt(at) !== (part < 3 ? dot : colon)) return -1;
      address = (address << 8) | number;
      at++;
    }
    if (number === 0 || number > limits.port) return -1;
    this.#address = address;
    this.#port = number;
    return at;
  }
}

const link = ' -r ';
const blank = 0x20;
const zero = 0x30;
const dot = 0x2e;
const colon = 0x3a;
