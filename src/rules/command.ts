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
 * One thing ipvsadm can be told to do. The parser makes it, the formatter prints it, the executor runs it;
 * a rule file, a save file, a plan and an undo are all lists of commands.
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
 * How servers are taken out of service.
 *
 * @example
 * const drain: DrainOptions = { seconds: 300, keep: false };
 */
export interface DrainOptions {
  /** Longest wait, in seconds, for a server's active connections to end. */
  readonly seconds: number;
  /** A server that still has some then stays, with weight 0. */
  readonly keep: boolean;
}

/**
 * How `--restore` goes about the rules on standard input.
 *
 * @example
 * const isHarmless = ({ check, dryRun }: RestoreOptions) => check || dryRun;
 */
export interface RestoreOptions extends OwnershipPatterns {
  /** Make the table equal to the rules instead of running them one by one. */
  readonly sync: boolean;
  /** Only say whether the rules are right. */
  readonly check: boolean;
  /** Only print the commands that would make the table equal. */
  readonly dryRun: boolean;
  /** Tell by the exit status whether there are such commands. */
  readonly exitCode: boolean;
  /** Seconds to wait while somebody else makes the table equal to something; absent: do not. */
  readonly wait?: number;
  readonly drain?: DrainOptions;
  /** Make the table empty where the rules name no service. */
  readonly allowEmpty: boolean;
  /** Servers that are there keep their weights. */
  readonly keepWeights: boolean;
  /** Most services, and most servers, that may be removed. */
  readonly maxRemovals?: Limit;
  /** Fewest servers that take connections with which a service may be left. */
  readonly minServers?: Limit;
  /** The rules are a listing in JSON. */
  readonly json: boolean;
}

/**
 * How `--doctor` tells what it has found.
 *
 * @example
 * const options: DoctorOptions = { verbose: true };
 */
export interface DoctorOptions {
  /** Name everything that a finding is about, and all repairs, instead of the first few. */
  readonly verbose: boolean;
  /** A file of rules with which the table is compared: lines as `--save` prints them, or JSON. */
  readonly expect?: string;
}

/**
 * Names of commands, as messages spell them.
 *
 * @example
 * const isRemoval = (name: CommandName) => name === 'delete-service' || name === 'delete-server';
 */
export type CommandName = Command['name'];

/**
 * Content of `--list`: one kind of the kernel's objects, or the table with one set of columns.
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
 * Metrics of the whole (`summary`), also of each service, or also of each server.
 *
 * @example
 * const scope: MetricsScope = 'services';
 */
export type MetricsScope = 'summary' | 'services' | 'servers';

/**
 * How `--list` shows it.
 *
 * @example
 * const isForEyes = ({ table, watch }: ListOptions) => table === true || watch !== undefined;
 */
export interface ListOptions {
  readonly content: ListContent;
  /** Addresses and ports as numbers instead of names. */
  readonly numeric: boolean;
  /** Counters with all their digits instead of K, M, G and T. */
  readonly exact: boolean;
  /** Services and servers in the reference's order instead of the kernel's. */
  readonly sorted: boolean;
  /** With `connection`: also the persistence engine and its data. */
  readonly persistenceData: boolean;
  /** As JSON. */
  readonly json?: true;
  /** As JSON: also timeouts and sync daemons. */
  readonly all?: true;
  /** With `stats` as JSON: also rates. */
  readonly rates?: true;
  /** Drawn for the eye. */
  readonly table?: true;
  /** Redrawn whenever that many seconds are over. */
  readonly watch?: number;
  /** Whether there are colours in what has them; where it is silent, the terminal and the environment decide. */
  readonly color?: 'always' | 'never';
  /** As metrics in Prometheus' text format, of services and servers as far as this says. */
  readonly prometheus?: MetricsScope;
  /** The file that takes the metrics instead of standard output. */
  readonly output?: string;
  /** With `connection`: only what has the most of them, so many of each kind. */
  readonly top?: number;
}
