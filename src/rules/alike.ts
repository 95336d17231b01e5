import { Address } from '../ipvs/address.ts';
import type { AddressServiceId, DestinationId } from '../ipvs/model.ts';
import type { Command } from './command.ts';
import { limits } from './limits.ts';

/** A command that {@link AlikeRules} knows: one that adds something at an IPv4 address. */
type AddCommand = Command & { readonly name: 'add-service' | 'add-server' };

/** So many endings are known at a time; more than a rule file has, as a rule. */
const mostEndings = 256;

/**
 * Reads rules that are like one before but for addresses and ports, as nearly all of a saved table are: `-A -t 192.0.2.1:80 …`
 * and `-a -t 192.0.2.1:80 -r 10.0.0.1:80 …`. What stands behind the addresses is not read again, and commands made of the same
 * text share their settings.
 */
export class AlikeRules {
  /** The commands that were read before, by what their lines begin with, in the order of {@link beginnings}, and end with. */
  readonly #known = beginnings.map(() => new Map<string, AddCommand>());
  /** The latest of them. */
  #ending = '';
  #command: AddCommand | undefined;
  #endings: Map<string, AddCommand> | undefined;
  /** The service of the latest rule, which has several servers as a rule. */
  #service: AddressServiceId | undefined;
  // What `#endpoint` has read: an address and a port.
  #word = 0;
  #port = 0;

  /** The command of the line from `start` to `end`, if it is like one that has been learnt. */
  read(text: string, start: number, end: number): Command | undefined {
    const beginning = beginningOf(text, start);
    const known = this.#known[beginning];
    if (!known) return undefined;
    let at = this.#endpoint(text, start + beginningLength, end);
    if (at < 0) return undefined;
    const word = this.#word;
    const port = this.#port;
    if (beginning >= firstOfServers) {
      if (!text.startsWith(link, at)) return undefined;
      at = this.#endpoint(text, at + link.length, end);
      if (at < 0) return undefined;
    }
    const like = this.#find(known, text, at, end);
    if (like?.service.kind !== 'address') return undefined;
    const service = this.#serviceAt(like.service.protocol, word, port);
    if (like.name === 'add-service') return { name: like.name, service, settings: like.settings };
    return { name: like.name, service, server: this.#server(like, port), settings: like.settings };
  }

  /** Notes the command of a line, for lines like that. */
  learn(text: string, start: number, end: number, command: Command): void {
    if (command.name !== 'add-service' && command.name !== 'add-server') return;
    const known = this.#known[beginningOf(text, start)];
    let at = known ? this.#endpoint(text, start + beginningLength, end) : -1;
    if (known && at >= 0 && command.name === 'add-server') {
      at = text.startsWith(link, at) ? this.#endpoint(text, at + link.length, end) : -1;
    }
    if (!known || at < 0) return;
    if (known.size >= mostEndings) known.clear();
    known.set(text.slice(at, end), command as AddCommand);
  }

  /** The command whose line ended like this one, from `at` on. */
  #find(known: Map<string, AddCommand>, text: string, at: number, end: number): AddCommand | undefined {
    const isLatest = known === this.#endings && end - at === this.#ending.length;
    if (isLatest && text.startsWith(this.#ending, at)) return this.#command;
    const ending = text.slice(at, end);
    const command = known.get(ending);
    if (!command) return undefined;
    this.#endings = known;
    this.#ending = ending;
    this.#command = command;
    return command;
  }

  #serviceAt(protocol: AddressServiceId['protocol'], word: number, port: number): AddressServiceId {
    const latest = this.#service;
    if (latest?.port === port && latest.protocol === protocol && latest.address.word(0) === word)
      return latest;
    this.#service = { kind: 'address', protocol, address: Address.fromWord(word), port };
    return this.#service;
  }

  /** The server that was read last, of a service of that port. */
  #server({ settings }: AddCommand & { readonly name: 'add-server' }, port: number): DestinationId {
    const address = Address.fromWord(this.#word);
    // As with any rule: only network address translation can change the port.
    return { address, port: settings.forwarding === 'masquerade' ? this.#port : port };
  }

  /**
   * Reads an IPv4 address and a port above 0, both as they are written by default. Gives where the blank or the end
   * behind it is; below 0 where something else stands there.
   */
  #endpoint(text: string, start: number, end: number): number {
    let word = 0;
    let part = 0;
    let parts = 0;
    let first = start;
    for (let at = start; at <= end; at++) {
      const character = at < end ? text.charCodeAt(at) : blank;
      const digit = character - zero;
      if (digit >= 0 && digit <= 9) {
        const isLeadingZero = at > first && part === 0;
        part = part * 10 + digit;
        if (isLeadingZero || part > limits.port) return -1;
        continue;
      }
      if (at === first) return -1;
      if (parts === 4) {
        if (character !== blank || part === 0) return -1;
        this.#word = word;
        this.#port = part;
        return at;
      }
      if (part > 255 || character !== (parts === 3 ? colon : dot)) return -1;
      word = (word << 8) | part;
      parts++;
      part = 0;
      first = at + 1;
    }
    return -1;
  }
}

const beginnings = ['-A -t ', '-A -u ', '-a -t ', '-a -u '];
const beginningLength = 6;
const firstOfServers = 2;

/** Which of them stands there; below 0 where none does. */
function beginningOf(text: string, start: number): number {
  for (let index = beginnings.length - 1; index >= 0; index--) {
    if (text.startsWith(beginnings[index] ?? '', start)) return index;
  }
  return -1;
}

const link = ' -r ';
const blank = 0x20;
const zero = 0x30;
const dot = 0x2e;
const colon = 0x3a;
