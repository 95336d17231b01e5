import { platform } from '#platform';
import type { RequestCopies } from '../../ipvs/bulk/request-copies.ts';
import type { Ipvs } from '../../ipvs/client.ts';
import { NetlinkError } from '../../netlink/errors.ts';
import { readRuleFile } from '../../rules/bulk/rule-reader.ts';
import type { AddCommand, RuleSink } from '../../rules/bulk/rule-sink.ts';
import type { Command } from '../../rules/command.ts';
import { isAboutTable } from '../../rules/desired.ts';
import { placeName } from '../../rules/messages.ts';
import type { NameLookup } from '../../rules/names.ts';
import { requestOf } from '../../rules/request.ts';
import type { BadRule, Place, Rule } from '../../rules/rule.ts';
import { help } from '../commands/help.ts';
import { list } from '../commands/list.ts';
import { save } from '../commands/save.ts';
import { kernelErrorSentence } from '../kernel-error-sentence.ts';
import { status } from '../status.ts';
import { Progress } from '../stdio/progress.ts';
import type { Streams } from '../stdio/streams.ts';
import { Changes, type Refusal, RuleTemplates } from './changes.ts';

/** A command that prints something. */
interface Printing {
  readonly place: Place;
  readonly command: Extract<Command, { name: 'list' | 'save' | 'help' | 'version' }>;
}

/** Rules ready to be run in order; changes are already in the kernel's form. */
export class Script implements RuleSink<number> {
  readonly #ipvs: Ipvs;
  readonly #templates = new RuleTemplates();
  readonly #parts: (Changes | Printing)[] = [];
  // The last changes and copies, as long as nothing else follows them.
  #changes: Changes | undefined;
  #copies: RequestCopies | undefined;
  #count = 0;
  #tableRules = 0;

  constructor(ipvs: Ipvs) {
    this.#ipvs = ipvs;
  }

  /** Number of rules about services and servers. */
  get tableRules(): number {
    return this.#tableRules;
  }

  /** Returns a script of rules that are plain values. */
  static of(rules: Iterable<Rule>, ipvs: Ipvs): Script {
    const script = new Script(ipvs);
    for (const rule of rules) script.add(rule);
    return script;
  }

  /** Appends the rules of a file that comes in blocks of whole lines. Returns the lines that are not rules. */
  addFile(blocks: Iterable<Buffer>, names: NameLookup): BadRule[] {
    return readRuleFile(blocks, names, this);
  }

  /** Appends a rule. */
  add({ place, command }: Rule): void {
    if (isAboutTable(command)) this.#tableRules++;
    switch (command.name) {
      case 'list':
      case 'save':
      case 'help':
      case 'version':
        this.#parts.push({ place, command });
        this.#changes = undefined;
        this.#copies = undefined;
        return;
    }
    const request = requestOf(command);
    if (!request) return;
    this.#openChanges().add(request, { place, name: command.name });
    this.#copies = undefined;
    this.#count++;
  }

  templateOf(command: AddCommand): number {
    return this.#templates.add(command, this.#ipvs);
  }

  addCopy(
    line: number,
    template: number,
    serviceAddress: number,
    servicePort: number,
    serverAddress: number,
    serverPort: number,
  ): void {
    this.#copies ??= this.#openChanges().addCopies();
    this.#copies.add(template, line, serviceAddress, servicePort, serverAddress, serverPort);
    this.#count++;
    this.#tableRules++;
  }

  #openChanges(): Changes {
    if (!this.#changes) {
      this.#changes = new Changes(this.#ipvs.prepare(), this.#templates);
      this.#parts.push(this.#changes);
    }
    return this.#changes;
  }

  /**
   * Runs the rules up to a command for the help or the version, and resolves to the exit status. Reports what the kernel
   * refuses, with its place, and continues.
   */
  async run(streams: Streams): Promise<number> {
    const { out, err } = streams;
    const progress = new Progress('restoring');
    let before = 0;
    let result: number = status.done;
    const report = async (refused: readonly Refusal[]) => {
      if (refused.length === 0) return;
      for (const { place, name, error } of refused) {
        err.write(`${placeName(place)}: ${kernelErrorSentence(error, name)}\n`);
      }
      result = status.refused;
    };
    for (const part of this.#parts) {
      if (part instanceof Changes) {
        const { count, refused } = await part.carryOut((done) => progress.update(before + done, this.#count));
        progress.end();
        before += count;
        await report(refused);
        continue;
      }
      const { place, command } = part;
      if (command.name === 'help' || command.name === 'version') {
        help(command.name, out);
        break;
      }
      const printed =
        command.name === 'list' ? list(command, this.#ipvs, out) : save(command, this.#ipvs, streams);
      await printed.catch((error: unknown) => {
        if (!(error instanceof NetlinkError)) throw error;
        return report([{ place, name: command.name, error }]);
      });
    }
    return result;
  }
}

platform.tuneForBulk(Script);
