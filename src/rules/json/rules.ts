import type { SyncDaemon, Timeouts } from '../../ipvs/model.ts';
import { withoutByteOrderMark } from '../byte-order-mark.ts';
import { defaults } from '../defaults.ts';
import { RuleError } from '../error.ts';
import { limits } from '../limits.ts';
import type { BadRule, Rule, RuleFile } from '../rule-file.ts';
import { parseMulticastGroup } from '../values.ts';
import { readService } from './service.ts';
import { lineOfSyntaxError } from './syntax.ts';
import { JsonValue } from './value.ts';

/** How {@link parseJsonRules} is to take a document. */
export interface JsonRulesOptions {
  /** It stands for all of a table, so that one that says nothing of services is wrong. */
  readonly isWholeTable: boolean;
}

/**
 * Reads rules from what `ipvsadm -L --json` printed: commands that add its services and servers, set its timeouts and
 * start its daemons. What only tells what the kernel did, such as counters, is passed over; what is left out has the
 * default it has on a command line. Errors stand at the path of what is wrong, or the line that is not JSON.
 */
export function parseJsonRules(document: string, { isWholeTable }: JsonRulesOptions): RuleFile {
  const text = withoutByteOrderMark(document);
  const errors: BadRule[] = [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const fault = new RuleError({ code: 'not-json', reason: reasonOf(error) });
    return { rules: [], errors: [{ place: lineOfSyntaxError(text), text: '', error: fault }] };
  }
  const rules = readDocument(new JsonValue(value, '', errors), isWholeTable);
  return { rules, errors };
}

/** What the engine says without the place, which it tells in several ways and not always. */
function reasonOf({ message }: SyntaxError): string {
  return message.replace(/( in JSON)?( at position .*|, (\.\.\.)?".*is not valid JSON)$/s, '');
}

const parts = ['services', 'timeouts', 'daemons'] as const;

function readDocument(document: JsonValue, isWholeTable: boolean): Rule[] {
  const fields = document.fields(['ipvs', ...parts]);
  if (!fields) return [];
  const { ipvs, services, timeouts, daemons } = fields;
  if (isWholeTable) document.need(services, 'services');
  else document.need(services ?? timeouts ?? daemons, ...parts);
  if (ipvs) skipInfo(ipvs);
  return [
    ...(services?.items().flatMap(readService) ?? []),
    ...(timeouts ? readTimeouts(timeouts) : []),
    ...(daemons?.items().flatMap(readDaemon) ?? []),
  ];
}

function skipInfo(info: JsonValue): void {
  const fields = info.fields(['version', 'connectionTableSize']);
  fields?.version?.skipText();
  fields?.connectionTableSize?.skipCounter();
}

function readTimeouts(value: JsonValue): Rule[] {
  const fields = value.fields(['tcp', 'tcpFin', 'udp']);
  if (!fields) return [];
  // As a timeout, 0 leaves the one that is set.
  const seconds = (field: JsonValue | undefined) => field?.number(0, limits.timeout) ?? 0;
  const timeouts: Timeouts = {
    tcp: seconds(fields.tcp),
    tcpFin: seconds(fields.tcpFin),
    udp: seconds(fields.udp),
  };
  return [{ place: value.path, command: { name: 'set', timeouts } }];
}

function readDaemon(value: JsonValue): Rule[] {
  const fields = value.fields(['role', 'interface', 'syncId', 'maxLength', 'group', 'port', 'ttl']);
  const role = fields && value.need(fields.role, 'role')?.word(['master', 'backup']);
  if (!role) return [];
  const daemon: SyncDaemon = {
    role,
    interface: fields.interface?.name(limits.name) ?? defaults.mcastInterface,
    syncId: fields.syncId?.number(0, limits.syncId) ?? 0,
    maxLength: fields.maxLength?.number(1, limits.syncMaxLength),
    group: fields.group?.parsed(parseMulticastGroup, 'multicast-group'),
    port: fields.port?.number(1, limits.port),
    ttl: fields.ttl?.number(1, limits.ttl),
  };
  return [{ place: value.path, command: { name: 'start-daemon', daemon } }];
}
