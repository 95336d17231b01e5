import type { AddressServiceId } from '../../ipvs/model.ts';
import type { Command } from '../command.ts';
import type { Rule } from '../rule.ts';

/** A command that adds a service, or a server to one, at an IPv4 address. */
export type AddCommand = Command & {
  readonly name: 'add-service' | 'add-server';
  readonly service: AddressServiceId;
};

/**
 * Takes the rules of a file, in order. Most rules of a large file are copies of an earlier one: they differ from it in IPv4
 * addresses and ports only. `Model` is what the sink makes copies from.
 */
export interface RuleSink<Model> {
  add(rule: Rule): void;
  /** Makes the model for copies of a rule that {@link add} has taken. */
  modelOf(command: AddCommand): Model;
  /**
   * Takes a copy. Addresses are the four bytes as a number, the first byte the highest; ports are in host order. Those of
   * the server mean nothing where the model adds a service.
   */
  addCopy(
    line: number,
    model: Model,
    serviceAddress: number,
    servicePort: number,
    serverAddress: number,
    serverPort: number,
  ): void;
}
