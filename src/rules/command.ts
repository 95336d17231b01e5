import type {
  DestinationId,
  DestinationSettings,
  ServiceId,
  ServiceSettings,
  SyncDaemon,
  SyncRole,
  Timeouts,
} from '../ipvs/model.ts';

/**
 * One thing ipvsadm can be told to do. The parser makes it, the formatter prints it, the executor runs it;
 * a rule file, a save file, a plan and an undo are all lists of commands.
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
  | { readonly name: 'delete-server'; readonly service: ServiceId; readonly server: DestinationId }
  | { readonly name: 'list'; readonly service?: ServiceId; readonly options: ListOptions }
  | { readonly name: 'zero'; readonly service?: ServiceId }
  | { readonly name: 'set'; readonly timeouts: Timeouts }
  | { readonly name: 'start-daemon'; readonly daemon: SyncDaemon }
  | { readonly name: 'stop-daemon'; readonly role: SyncRole }
  | { readonly name: 'restore' }
  | { readonly name: 'save'; readonly numeric: boolean }
  | { readonly name: 'help' }
  | { readonly name: 'version' };

/** Names of commands, as messages spell them. */
export type CommandName = Command['name'];

/** What `--list` shows: one kind of the kernel's objects, or the table with one set of columns. */
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

/** How `--list` shows it. */
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
}
