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
 * addresses and ports. `Template` is the sink's form for copies.
 */
export interface RuleSink<Template> {
  add(rule: Rule): void;
  /** Returns the template for copies of a rule that was passed to {@link add}. */
  templateOf(command: AddCommand): Template;
  /**
   * Adds a copy. Addresses are 32-bit numbers, first byte most significant; ports are in host order. Server address and port
   * are meaningless if the template adds a service.
   */
  addCopy(
    line: number,
    template: Template,
    serviceAddress: number,
    servicePort: number,
    serverAddress: number,
    serverPort: number,
  ): void;
}
