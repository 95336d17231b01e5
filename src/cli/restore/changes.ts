import type { IpvsBatch } from '../../ipvs/batch.ts';
import { RequestCopies } from '../../ipvs/bulk/request-copies.ts';
import { isInetSetting, RequestTemplate } from '../../ipvs/bulk/request-template.ts';
import type { Ipvs } from '../../ipvs/client.ts';
import type { IpvsRequest } from '../../ipvs/requests.ts';
import type { NetlinkError, Outcome } from '../../netlink/errors.ts';
import type { AddCommand } from '../../rules/bulk/rule-sink.ts';
import type { CommandName } from '../../rules/command.ts';
import { requestOf } from '../../rules/request.ts';
import type { Place } from '../../rules/rule.ts';

/** The rule that a request was made from. */
interface Origin {
  readonly place: Place;
  readonly name: CommandName;
}

/** A change that the kernel refused. */
export interface Refusal extends Origin {
  readonly error: NetlinkError;
}

/** The rules of a file that others are copies of, by number. */
export class RuleTemplates {
  readonly requests: RequestTemplate[] = [];
  readonly names: CommandName[] = [];

  /** Adds a rule and returns its number. */
  add(command: AddCommand, ipvs: Ipvs): number {
    const request = requestOf(command);
    if (!request || !isInetSetting(request)) throw new TypeError(`no rule can be a copy of ${command.name}`);
    this.names.push(command.name);
    return this.requests.push(RequestTemplate.of(ipvs, request)) - 1;
  }
}

/** Changes without output in between: one batch, and the origins of its requests. */
export class Changes {
  readonly #batch: IpvsBatch;
  readonly #templates: RuleTemplates;
  readonly #parts: (Origin | RequestCopies)[] = [];

  constructor(batch: IpvsBatch, templates: RuleTemplates) {
    this.#batch = batch;
    this.#templates = templates;
  }

  add(request: IpvsRequest, origin: Origin): void {
    this.#batch.add(request);
    this.#parts.push(origin);
  }

  /** Appends a group of copies. More may be added to it as long as it is the last part. */
  addCopies(): RequestCopies {
    const copies = new RequestCopies(this.#templates.requests);
    this.#batch.addLazy(copies);
    this.#parts.push(copies);
    return copies;
  }

  /**
   * Sends the changes to the kernel; resolves to the number of requests, and to the refused ones. `progress` as for
   * {@link IpvsBatch}.
   */
  async carryOut(progress: (done: number) => void): Promise<{ count: number; refused: Refusal[] }> {
    const outcomes = await this.#batch.carryOut(progress);
    const isDone = outcomes.every((error) => error === undefined);
    return { count: outcomes.length, refused: isDone ? [] : this.#refusals(outcomes) };
  }

  #refusals(outcomes: readonly Outcome[]): Refusal[] {
    const refused: Refusal[] = [];
    let first = 0;
    for (const part of this.#parts) {
      const count = part instanceof RequestCopies ? part.count : 1;
      for (let index = 0; index < count; index++) {
        const error = outcomes[first + index];
        if (error) refused.push({ ...this.#originOf(part, index), error });
      }
      first += count;
    }
    return refused;
  }

  #originOf(part: Origin | RequestCopies, index: number): Origin {
    if (!(part instanceof RequestCopies)) return part;
    const { line, template } = part.at(index);
    const name = this.#templates.names[template];
    if (!name) throw new TypeError(`unknown template ${template}`);
    return { place: line, name };
  }
}
