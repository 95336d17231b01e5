import type {
  DestinationId,
  DestinationSettings,
  ServiceId,
  ServiceSettings,
  SyncDaemon,
  SyncRole,
  Timeouts,
} from '../ipvs/model.ts';
import type { Limit } from './guards.ts';
import type { OwnershipPatterns } from './ownership.ts';

/**
 * A command of ipvsadm. The parser creates it, the formatter prints it, the executor runs it; rule files, saved tables, plans
 * and undo lists are all lists of commands.
 *
 * @example
 * const clear: Command = { name: 'flush' };
 * console.log(formatRules([clear])); // -C
 */
export type Command =
  | {
      readonly name: 'add-service' | 'edit-service';
      readonly service: ServiceId;
      readonly settings: ServiceSettings;
    }
  | { readonly name: 'delete-service'; readonly service: ServiceId }
  | { readonly name: 'flush' }
  | {
      readonly name: 'add-server' | 'edit-server';
      readonly service: ServiceId;
      readonly server: DestinationId;
      readonly settings: DestinationSettings;
    }
  | {
      readonly name: 'delete-server';
      readonly service: ServiceId;
      readonly server: DestinationId;
      readonly drain?: DrainOptions;
    }
  | { readonly name: 'list'; readonly service?: ServiceId; readonly options: ListOptions }
  | { readonly name: 'zero'; readonly service?: ServiceId }
  | { readonly name: 'set'; readonly timeouts: Timeouts }
  | { readonly name: 'start-daemon'; readonly daemon: SyncDaemon }
  | { readonly name: 'stop-daemon'; readonly role: SyncRole }
  | { readonly name: 'restore'; readonly options: RestoreOptions }
  | ({ readonly name: 'save'; readonly numeric: boolean; readonly all?: true } & OwnershipPatterns)
  | { readonly name: 'doctor'; readonly options: DoctorOptions }
  | { readonly name: 'help' }
  | { readonly name: 'version' };

/**
 * Options for draining servers before they are removed.
 *
 * @example
 * const drain: DrainOptions = { seconds: 300, keep: false };
 */
export interface DrainOptions {
  /** Longest wait, in seconds, for a server's active connections to end. */
  readonly seconds: number;
  /** Keep a server that still has active connections after the wait, with weight 0, instead of removing it. */
  readonly keep: boolean;
}

/**
 * Options of `--restore`, which reads rules from standard input.
 *
 * @example
 * const isHarmless = ({ check, dryRun }: RestoreOptions) => check || dryRun;
 */
export interface RestoreOptions extends OwnershipPatterns {
  /** Converge the table to the rules instead of running them one by one. */
  readonly sync: boolean;
  /** Only validate the rules. */
  readonly check: boolean;
  /** Only print the commands that would converge the table. */
  readonly dryRun: boolean;
  /** Report by the exit status whether there are such commands. */
  readonly exitCode: boolean;
  /** Seconds to wait while another process converges the table; absent: do not wait. */
  readonly wait?: number;
  readonly drain?: DrainOptions;
  /** Empty the table if the rules name no service. */
  readonly allowEmpty: boolean;
  /** Servers already in the table keep their weights. */
  readonly keepWeights: boolean;
  /** Maximum number of services, and of servers, that may be removed. */
  readonly maxRemovals?: Limit;
  /** Minimum number of servers accepting connections that a service may be left with. */
  readonly minServers?: Limit;
  /** The rules are a listing in JSON. */
  readonly json: boolean;
}

/**
 * Options of `--doctor`.
 *
 * @example
 * const options: DoctorOptions = { verbose: true };
 */
export interface DoctorOptions {
  /** List every affected object and every repair of a finding instead of the first few. */
  readonly verbose: boolean;
  /** Rule file to compare the table with: lines as `--save` prints them, or JSON. */
  readonly expect?: string;
}

/**
 * Names of commands as they appear in messages.
 *
 * @example
 * const isRemoval = (name: CommandName) => name === 'delete-service' || name === 'delete-server';
 */
export type CommandName = Command['name'];

/**
 * Content of `--list`: one kind of kernel object, or the table with one set of columns.
 *
 * @example
 * const hasCounters = (content: ListContent) => content === 'stats' || content === 'rate';
 */
export type ListContent =
  | 'table'
  | 'stats'
  | 'rate'
  | 'thresholds'
  | 'persistent-conn'
  | 'tun-info'
  | 'connection'
  | 'timeout'
  | 'daemon';

/**
 * Scope of metrics: the whole director (`summary`), also each service, or also each server.
 *
 * @example
 * const scope: MetricsScope = 'services';
 */
export type MetricsScope = 'summary' | 'services' | 'servers';

/**
 * Options of `--list`.
 *
 * @example
 * const isForEyes = ({ table, watch }: ListOptions) => table === true || watch !== undefined;
 */
export interface ListOptions {
  readonly content: ListContent;
  /** Print addresses and ports as numbers instead of names. */
  readonly numeric: boolean;
  /** Print counters with all digits instead of abbreviated with K, M, G and T. */
  readonly exact: boolean;
  /** Sort services and servers as ipvsadm 1.31 does, instead of leaving them in the kernel's order. */
  readonly sorted: boolean;
  /** With `connection`: also print the persistence engine and its data. */
  readonly persistenceData: boolean;
  /** Print JSON. */
  readonly json?: true;
  /** With JSON: also timeouts and sync daemons. */
  readonly all?: true;
  /** With `stats` as JSON: also rates. */
  readonly rates?: true;
  /** Draw a table with frames, bars and colours. */
  readonly table?: true;
  /** Redraw after this many seconds. */
  readonly watch?: number;
  /** Whether to colour output that supports it; absent: the terminal and the environment decide. */
  readonly color?: 'always' | 'never';
  /** Print metrics in the Prometheus text format, with this scope. */
  readonly prometheus?: MetricsScope;
  /** File to write the metrics to instead of standard output. */
  readonly output?: string;
  /** With `connection`: list only this many clients, services, servers and states, those with the most connections. */
  readonly top?: number;
}
