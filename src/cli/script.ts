import { IpvsBatch } from '../ipvs/batch.ts';
import type { RequestPattern } from '../ipvs/request-pattern.ts';
import { NetlinkError, type Outcome } from '../netlink/errors.ts';
import { AlikeRun } from '../rules/alike.ts';
import type { Command, CommandName } from '../rules/command.ts';
import { placeName } from '../rules/messages.ts';
import { requestOf } from '../rules/request.ts';
import type { Place, Rule } from '../rules/rule-file.ts';
import type { Kernel } from './kernel.ts';
import { kernelErrorSentence } from './messages.ts';
import { Progress } from './progress.ts';
import { status } from './status.ts';
import type { Streams } from './streams.ts';

/** Changes that nothing is printed between. */
interface Changes {
  readonly batch: IpvsBatch;
  /** For rules that are like one before, by the command of that. */
  readonly patterns: Map<Command, RequestPattern>;
  readonly origins: Origin[];
}

/** Where changes stand that follow each other, and what they are. */
interface Origin {
  readonly place: Place;
  readonly name: CommandName;
  readonly count: number;
}

/** What the kernel did not do. */
interface Refusal {
  readonly place: Place;
  readonly name: CommandName;
  readonly error: NetlinkError;
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

  constructor(rules: Iterable<Rule | AlikeRun>, kernel: Kernel) {
    this.#kernel = kernel;
    for (const rule of rules) {
      if (rule instanceof AlikeRun) this.#addRun(rule);
      else this.#add(rule);
    }
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
    const { batch, origins } = this.#openChanges();
    batch.add(request);
    origins.push({ place, name: command.name, count: 1 });
    this.#count++;
  }

  #addRun(run: AlikeRun): void {
    const { place, model, count } = run;
    const changes = this.#openChanges();
    changes.batch.addLike(patternOf(model, changes), run, count);
    changes.origins.push({ place, name: model.name, count });
    this.#count += count;
  }

  #openChanges(): Changes {
    if (!this.#changes) {
      this.#changes = { batch: new IpvsBatch(this.#kernel.ipvs.session), patterns: new Map(), origins: [] };
      this.#parts.push(this.#changes);
    }
    return this.#changes;
  }

  /**
   * Runs them, as far as a command that asks for the help or the version, and gives the exit status. What the kernel
   * refuses is told with its place; the rest goes on.
   */
  async run(streams: Streams): Promise<number> {
    const { out, err } = streams;
    const progress = new Progress('restoring');
    let before = 0;
    let result: number = status.done;
    const tell = async (refused: readonly Refusal[]) => {
      if (refused.length === 0) return;
      for (const { place, name, error } of refused) {
        err.write(`${placeName(place)}: ${kernelErrorSentence(error, name)}\n`);
      }
      result = status.refused;
    };
    for (const part of this.#parts) {
      if ('batch' in part) {
        const { batch, origins } = part;
        const outcomes = await batch.carryOut((done) => progress.at(before + done, this.#count));
        progress.end();
        before += outcomes.length;
        await tell(refusals(origins, outcomes));
        continue;
      }
      const { place, command } = part;
      if (command.name === 'help' || command.name === 'version') {
        const { helpText, versionText } = await import('./help.ts');
        out.write(command.name === 'help' ? helpText() : versionText());
        break;
      }
      const { print } = await import('./print.ts');
      await print(command, this.#kernel, streams).catch((error: unknown) => {
        if (!(error instanceof NetlinkError)) throw error;
        return tell([{ place, name: command.name, error }]);
      });
    }
    return result;
  }
}

/** The pattern of the requests for rules that are like one. */
function patternOf(model: Command, { batch, patterns }: Changes): RequestPattern {
  const known = patterns.get(model);
  if (known) return known;
  const request = requestOf(model);
  const pattern = request && batch.patternOf(request);
  if (!pattern) throw new TypeError(`no rule can be like ${model.name}`);
  patterns.set(model, pattern);
  return pattern;
}

/** What was refused, and where it stands. */
function refusals(origins: readonly Origin[], outcomes: readonly Outcome[]): Refusal[] {
  const refused: Refusal[] = [];
  let next = 0;
  for (const { place, name, count } of origins) {
    for (let index = 0; index < count; index++) {
      const error = outcomes[next++];
      if (error) refused.push({ place: typeof place === 'number' ? place + index : place, name, error });
    }
  }
  return refused;
}
