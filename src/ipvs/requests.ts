import type { MessageWriter } from '../netlink/writer.ts';
import { commandTable } from './codec/command.ts';
import { fromDaemon } from './codec/daemon.ts';
import { fromDestination, fromDestinationId } from './codec/destination.ts';
import { fromService, fromServiceId } from './codec/service.ts';
import type { RecordOf } from './codec/table.ts';
import { timeoutsTable } from './codec/timeouts.ts';
import {
  IPVS_CMD_DEL_DAEMON,
  IPVS_CMD_DEL_DEST,
  IPVS_CMD_DEL_SERVICE,
  IPVS_CMD_FLUSH,
  IPVS_CMD_NEW_DAEMON,
  IPVS_CMD_NEW_DEST,
  IPVS_CMD_NEW_SERVICE,
  IPVS_CMD_SET_CONFIG,
  IPVS_CMD_SET_DEST,
  IPVS_CMD_SET_SERVICE,
  IPVS_CMD_ZERO,
} from './constants.ts';
import type {
  DestinationId,
  DestinationSettings,
  ServiceId,
  ServiceSettings,
  SyncDaemon,
  SyncRole,
  Timeouts,
} from './model.ts';

/** Everything that can be asked of IPVS to change, as a value. */
export type IpvsRequest =
  | {
      readonly request: 'addService' | 'updateService';
      readonly service: ServiceId;
      readonly settings: ServiceSettings;
    }
  | { readonly request: 'removeService'; readonly service: ServiceId }
  | {
      readonly request: 'addDestination' | 'updateDestination';
      readonly service: ServiceId;
      readonly destination: DestinationId;
      readonly settings: DestinationSettings;
    }
  | {
      readonly request: 'removeDestination';
      readonly service: ServiceId;
      readonly destination: DestinationId;
    }
  | { readonly request: 'flush' }
  | { readonly request: 'zero'; readonly service?: ServiceId | undefined }
  | { readonly request: 'setTimeouts'; readonly timeouts: Timeouts }
  | { readonly request: 'startDaemon'; readonly daemon: SyncDaemon }
  | { readonly request: 'stopDaemon'; readonly role: SyncRole };

/** A command of the kernel's, `IPVS_CMD_*`, and what writes its attributes. */
export interface Command {
  readonly command: number;
  readonly body: (writer: MessageWriter) => void;
}

/** The command that carries out `request`. */
export function toCommand(request: IpvsRequest): Command {
  switch (request.request) {
    case 'addService':
      return command(IPVS_CMD_NEW_SERVICE, { service: fromService(request.service, request.settings) });
    case 'updateService':
      return command(IPVS_CMD_SET_SERVICE, { service: fromService(request.service, request.settings) });
    case 'removeService':
      return command(IPVS_CMD_DEL_SERVICE, { service: fromServiceId(request.service) });
    case 'addDestination':
      return command(IPVS_CMD_NEW_DEST, {
        service: fromServiceId(request.service),
        destination: fromDestination(request.destination, request.settings),
      });
    case 'updateDestination':
      return command(IPVS_CMD_SET_DEST, {
        service: fromServiceId(request.service),
        destination: fromDestination(request.destination, request.settings),
      });
    case 'removeDestination':
      return command(IPVS_CMD_DEL_DEST, {
        service: fromServiceId(request.service),
        destination: fromDestinationId(request.destination),
      });
    case 'flush':
      return command(IPVS_CMD_FLUSH, {});
    case 'zero':
      return command(IPVS_CMD_ZERO, { service: request.service && fromServiceId(request.service) });
    case 'setTimeouts':
      return {
        command: IPVS_CMD_SET_CONFIG,
        body: (writer) => timeoutsTable.encode(writer, request.timeouts),
      };
    case 'startDaemon':
      return command(IPVS_CMD_NEW_DAEMON, { daemon: fromDaemon(request.daemon) });
    case 'stopDaemon':
      return command(IPVS_CMD_DEL_DAEMON, { daemon: { role: request.role } });
  }
}

/** A command whose attributes are those of `commandTable`. */
export function command(command: number, record: RecordOf<typeof commandTable>): Command {
  return { command, body: (writer) => commandTable.encode(writer, record) };
}
