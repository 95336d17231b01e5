import type { MessageWriter } from '../netlink/writer.ts';
import { IPVS_CMD } from './constants.ts';
import type {
  DestinationId,
  DestinationSettings,
  ServiceId,
  ServiceSettings,
  SyncDaemon,
  SyncRole,
  Timeouts,
} from './model.ts';
import { daemonSchema } from './schema/daemon.ts';
import { destinationSchema } from './schema/destination.ts';
import { serviceSchema } from './schema/service.ts';
import { timeoutsSchema } from './schema/timeouts.ts';

/**
 * Any change that IPVS can be asked to make, as a plain value.
 *
 * @example
 * const requests: IpvsRequest[] = [{ request: 'zero' }, { request: 'stopDaemon', role: 'master' }];
 * const [zeroed, stopped] = await ipvs.batch(requests);
 */
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

/** A kernel command, `IPVS_CMD_*`, and the function that writes its attributes. */
export interface Command {
  readonly command: number;
  readonly body: (writer: MessageWriter) => void;
}

/** Makes the command that carries out `request`. */
export function toCommand(request: IpvsRequest): Command {
  switch (request.request) {
    case 'addService':
      return aboutService(IPVS_CMD.NEW_SERVICE, request.service, request.settings);
    case 'updateService':
      return aboutService(IPVS_CMD.SET_SERVICE, request.service, request.settings);
    case 'removeService':
      return aboutService(IPVS_CMD.DEL_SERVICE, request.service);
    case 'addDestination':
      return aboutDestination(IPVS_CMD.NEW_DEST, request, request.settings);
    case 'updateDestination':
      return aboutDestination(IPVS_CMD.SET_DEST, request, request.settings);
    case 'removeDestination':
      return aboutDestination(IPVS_CMD.DEL_DEST, request);
    case 'flush':
      return bareCommand(IPVS_CMD.FLUSH);
    case 'zero':
      return request.service ? aboutService(IPVS_CMD.ZERO, request.service) : bareCommand(IPVS_CMD.ZERO);
    case 'setTimeouts': {
      const { timeouts } = request;
      return {
        command: IPVS_CMD.SET_CONFIG,
        body: (writer) => timeoutsSchema.write(writer, timeouts, timeouts),
      };
    }
    case 'startDaemon': {
      const { daemon } = request;
      return {
        command: IPVS_CMD.NEW_DAEMON,
        body: (writer) => daemonSchema.write(writer, daemon, daemon),
      };
    }
    case 'stopDaemon': {
      const { role } = request;
      return { command: IPVS_CMD.DEL_DAEMON, body: (writer) => daemonSchema.write(writer, { role }) };
    }
  }
}

/** Makes a command without attributes. */
export function bareCommand(command: number): Command {
  return { command, body: () => {} };
}

/** Makes a command about a service, with its new settings if any. */
export function aboutService(command: number, service: ServiceId, settings?: ServiceSettings): Command {
  return { command, body: (writer) => serviceSchema.write(writer, service, settings) };
}

function aboutDestination(
  command: number,
  { service, destination }: { readonly service: ServiceId; readonly destination: DestinationId },
  settings?: DestinationSettings,
): Command {
  return {
    command,
    body: (writer) => {
      serviceSchema.write(writer, service);
      destinationSchema.write(writer, destination, settings);
    },
  };
}
