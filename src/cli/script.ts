import type { IpvsBatch } from '../ipvs/client.ts';
import { NetlinkError } from '../netlink/errors.ts';
import type { Command, CommandName } from '../rules/command.ts';
import { requestOf } from '../rules/request.ts';
import type { Place, Rule } from '../rules/rule-file.ts';
import { helpText, versionText } from './help.ts';
import type { Kernel } from './kernel.ts';
import { print } from './print.ts';
import { Progress } from './progress.ts';
import { placeName, refusalSentence } from './sentences.ts';
import { status } from './status.ts';
import type { Streams } from './streams.ts';

/** Changes that nothing is printed between. */
interface Changes {
  readonly batch: IpvsBatch;
  /** Where each of them stands. */
  readonly places: Place[];
  /** What each of them is. */
  readonly names: CommandName[];
}

interface Printing {
  readonly place: Place;
  readonly command: Extract<Command, { name: 'list' | 'save' | 'help' | 'version' }>;
}

/** Rules ready to be run in order: those that change something are in the kernel's form already. */
export class Script {
  readonly #kernel: Kernel;
  readonly #parts: (Changes | Printing)[] = [];
  #changes: Changes | undefined;
  #count = 0;

  constructor(rules: Iterable<Rule>, kernel: Kernel) {
    this.#kernel = kernel;
    for (const rule of rules) this.#add(rule);
  }

  #add({ place, command }: Rule): void {
    switch (command.name) {
      case 'list':
      case 'save':
      case 'help':
      case 'version':
        this.#parts.push({ place, command });
        this.#changes = undefined;
        return;
    }
    const request = requestOf(command);
    if (!request) return;
    if (!this.#changes) {
      this.#changes = { batch: this.#kernel.ipvs.prepare(), places: [], names: [] };
      this.#parts.push(this.#changes);
    }
    this.#changes.batch.add(request);
    this.#changes.places.push(place);
    this.#changes.names.push(command.name);
    this.#count++;
  }

  /**
   * Runs them, as far as a command that asks for the help or the version, and gives the exit status. What the kernel
   * refuses is told with its place; the rest goes on.
   */
  async run({ out, err }: Streams): Promise<number> {
    const progress = new Progress('restoring');
    let before = 0;
    let result: number = status.done;
    const tell = (place: Place, name: CommandName, error: NetlinkError) => {
      err.write(`${placeName(place)}: ${refusalSentence(error, name)}\n`);
      result = status.refused;
    };
    for (const part of this.#parts) {
      if ('batch' in part) {
        const { batch, places, names } = part;
        const outcomes = await batch.carryOut((done) => progress.at(before + done, this.#count));
        progress.end();
        before += outcomes.length;
        for (const [index, outcome] of outcomes.entries()) {
          if (outcome) tell(places[index] ?? '', names[index] ?? 'restore', outcome);
        }
        continue;
      }
      const { place, command } = part;
      if (command.name === 'help' || command.name === 'version') {
        out.write(command.name === 'help' ? helpText() : versionText());
        break;
      }
      await print(command, this.#kernel, out).catch((error: unknown) => {
        if (!(error instanceof NetlinkError)) throw error;
        tell(place, command.name, error);
      });
    }
    return result;
  }
}
