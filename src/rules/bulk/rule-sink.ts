import type { AddressServiceId } from '../../ipvs/model.ts';
import type { Command } from '../command.ts';
import type { Rule } from '../rule.ts';

/** A command that adds a service, or a server to one, at an IPv4 address. */
export type AddCommand = Command & {
  readonly name: 'add-service' | 'add-server';
  readonly service: AddressServiceId;
};

/**
 * Receives the rules of a file, in order. Most rules of a large file are copies of an earlier one that differ only in IPv4
 * addresses and ports. `Model` is the sink's template for copies.
 */
export interface RuleSink<Model> {
  add(rule: Rule): void;
  /** Returns the model for copies of a rule that was passed to {@link add}. */
  modelOf(command: AddCommand): Model;
  /**
   * Adds a copy. Addresses are 32-bit numbers, first byte most significant; ports are in host order. Server address and port
   * are meaningless if the model adds a service.
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
