/**
 * A typed client for IPVS, the Linux Virtual Server in the kernel, over generic netlink, and ipvsadm's rules as plain
 * values.
 *
 * @example
 * const ipvs = await Ipvs.open();
 * for (const service of await ipvs.services()) console.log(service.id, await ipvs.destinations(service.id));
 * ipvs.close();
 *
 * @example
 * // Adds a real server behind NAT, or changes the weight of the one that is there.
 * const web: ServiceId = { kind: 'address', protocol: 'tcp', address: Address.of('192.0.2.1'), port: 80 };
 * const server = { address: Address.of('10.0.0.1'), port: 8080 };
 * const settings: DestinationSettings = { ...defaultDestinationSettings, forwarding: 'masquerade', weight: 2 };
 * try {
 *   await ipvs.addDestination(web, server, settings);
 * } catch (error) {
 *   if (!(error instanceof IpvsError) || error.errnoName !== 'EEXIST') throw error;
 *   await ipvs.updateDestination(web, server, settings);
 * }
 *
 * @example
 * // Brings the director to the state in a rule file, all or nothing.
 * const { rules, errors } = parseRules(readFileSync('/etc/ipvsadm.rules', 'utf8'));
 * const desired = desiredState(rules);
 * if (errors.length + desired.contradictions.length > 0) throw new Error('bad rules');
 * const current = await readState(ipvs);
 * const refused = await apply(ipvs, current, plan(current, desired));
 *
 * @module
 */

export { Address, type Family } from './ipvs/address.ts';
export type { IpvsBatch } from './ipvs/batch.ts';
export { Ipvs, type IpvsOptions } from './ipvs/client.ts';
export { IpvsError, type IpvsOperation } from './ipvs/errors.ts';
export * from './ipvs/model.ts';
export { type Connection, type Endpoint, readConnections } from './ipvs/proc/connections.ts';
export type { IpvsRequest } from './ipvs/requests.ts';
export { type DirectorState, type RunningDaemon, readState } from './ipvs/state.ts';
export { readTable, type ServiceEntry } from './ipvs/table.ts';
export type { JsonRulesOptions } from './json/read.ts';
export { readJsonRules } from './json/read-json-rules.ts';
export { BatchError } from './netlink/batch.ts';
export { NetlinkError, type NetlinkErrorCode, type Outcome } from './netlink/errors.ts';
export type { Transport, TransportListener } from './netlink/transport.ts';
export { type ApplyOptions, apply, type FailedPlan, type RefusedStep } from './rollout/apply.ts';
export { type LockHandlers, whileLocked } from './rollout/lock.ts';
export type {
  Command,
  CommandName,
  DoctorOptions,
  DrainOptions,
  ListContent,
  ListOptions,
  MetricsScope,
  RestoreOptions,
} from './rules/command.ts';
export type { DesiredDaemon, DesiredDaemons } from './rules/daemons.ts';
export { defaultServiceSettings } from './rules/defaults.ts';
export {
  type Desired,
  type DesiredServer,
  type DesiredService,
  type DesiredState,
  type DesiredTable,
  desiredState,
} from './rules/desired.ts';
export { RuleError } from './rules/error.ts';
export type { RuleFault } from './rules/fault.ts';
export { type EndpointFormatter, formatRules } from './rules/format.ts';
export { GuardError, type Guards, type Limit, type Violation } from './rules/guards.ts';
export { badRuleSentence, faultSentence, refusalSentence } from './rules/messages.ts';
export type { NameLookup } from './rules/names.ts';
export { defaultDestinationSettings } from './rules/option-table/server.ts';
export {
  formatServicePattern,
  type OwnershipPatterns,
  type Owns,
  ownership,
  parseServicePattern,
  type ServicePattern,
} from './rules/ownership.ts';
export { type PlanOptions, plan } from './rules/plan.ts';
export type { BadRule, Place, Rule } from './rules/rule.ts';
export { parseRules, type RuleFile } from './rules/rule-file.ts';
export { commandsOfPlan, type Plan, type PlanScope, type Step } from './rules/step.ts';
export { commandsOf } from './rules/table.ts';
export type { DesiredTimeouts } from './rules/timeouts.ts';
