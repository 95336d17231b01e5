import { Address } from '../ipvs/address.ts';
import type { ServiceId } from '../ipvs/model.ts';
import type { IpvsRequest } from '../ipvs/requests.ts';
import type { Command } from './command.ts';

/** Returns the kernel request for a command, or `undefined` for a command that only prints. */
export function requestOf(command: Command): IpvsRequest | undefined {
  switch (command.name) {
    case 'add-service':
      return { request: 'addService', service: command.service, settings: command.settings };
    case 'edit-service':
      return { request: 'updateService', service: command.service, settings: command.settings };
    case 'delete-service':
      return { request: 'removeService', service: command.service };
    case 'add-server':
    case 'edit-server':
      return {
        request: command.name === 'add-server' ? 'addDestination' : 'updateDestination',
        service: command.service,
        destination: command.server,
        settings: command.settings,
      };
    case 'delete-server':
      return { request: 'removeDestination', service: command.service, destination: command.server };
    case 'flush':
      return { request: 'flush' };
    case 'zero':
      return { request: 'zero', service: isEveryService(command.service) ? undefined : command.service };
    case 'set':
      return { request: 'setTimeouts', timeouts: command.timeouts };
    case 'start-daemon':
      return { request: 'startDaemon', daemon: command.daemon };
    case 'stop-daemon':
      return { request: 'stopDaemon', role: command.role };
    default:
      return undefined;
  }
}

/** Whether a service has neither address nor port: for `-Z`, this means every service, as in ipvsadm 1.31. */
export function isEveryService(service: ServiceId | undefined): boolean {
  return (
    service?.kind === 'address' &&
    service.port === 0 &&
    service.address.equals(Address.any(service.address.family))
  );
}
