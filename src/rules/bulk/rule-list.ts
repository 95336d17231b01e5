import { Address } from '../../ipvs/address.ts';
import type { AddressServiceId } from '../../ipvs/model.ts';
import type { Rule } from '../rule.ts';
import type { AddCommand, RuleSink } from './rule-sink.ts';

/** Collects the rules of a file. Copies share their settings object, and consecutive servers share their service object. */
export class RuleList implements RuleSink<AddCommand> {
  readonly rules: Rule[] = [];
  #service: AddressServiceId | undefined;

  add(rule: Rule): void {
    this.rules.push(rule);
  }

  templateOf(command: AddCommand): AddCommand {
    return command;
  }

  addCopy(
    line: number,
    template: AddCommand,
    serviceAddress: number,
    servicePort: number,
    serverAddress: number,
    serverPort: number,
  ): void {
    const service = this.#serviceAt(template, Address.fromWord(serviceAddress), servicePort);
    if (template.name === 'add-service') {
      this.rules.push({
        place: line,
        command: { name: template.name, service, settings: template.settings },
      });
      return;
    }
    const server = { address: Address.fromWord(serverAddress), port: serverPort };
    const { name, settings } = template;
    this.rules.push({ place: line, command: { name, service, server, settings } });
  }

  #serviceAt({ service: { kind, protocol } }: AddCommand, address: Address, port: number): AddressServiceId {
    const latest = this.#service;
    if (latest?.address === address && latest.port === port && latest.protocol === protocol) return latest;
    this.#service = { kind, protocol, address, port };
    return this.#service;
  }
}
