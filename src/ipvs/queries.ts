import { dump, dumpLists } from '../netlink/dump.ts';
import type { MessageReader } from '../netlink/reader.ts';
import type { MessageWriter } from '../netlink/writer.ts';
import {
  IPVS_CMD_GET_CONFIG,
  IPVS_CMD_GET_DAEMON,
  IPVS_CMD_GET_DEST,
  IPVS_CMD_GET_SERVICE,
} from './constants.ts';
import {
  type Destination,
  familyOf,
  type Service,
  type ServiceId,
  type SyncDaemon,
  type Timeouts,
} from './model.ts';
import { aboutService, bareCommand } from './requests.ts';
import { daemonSchema } from './schema/daemon.ts';
import { destinationSchema } from './schema/destination.ts';
import { serviceSchema } from './schema/service.ts';
import { timeoutsSchema } from './schema/timeouts.ts';
import type { Session } from './session.ts';

// Carry out the methods of `Ipvs` that have these names, in their turn.

export function services(session: Session): Promise<Service[]> {
  const request = session.requestOf(bareCommand(IPVS_CMD_GET_SERVICE));
  return dump(session.connection, request, (message) => serviceSchema.decode(message));
}

export function service(session: Session, id: ServiceId): Promise<Service> {
  const request = session.requestOf(aboutService(IPVS_CMD_GET_SERVICE, id));
  return session.connection.ask(request, (message) => serviceSchema.decode(message));
}

export async function destinationsOf(
  session: Session,
  services: readonly ServiceId[],
): Promise<Destination[][]> {
  const found: Destination[][] = [];
  await listDestinations(session, services.length, {
    write: (index, writer) => {
      const service = services[index];
      if (service) serviceSchema.write(writer, service);
    },
    begin: (index) => {
      found[index] = [];
    },
    take: (message, index) => {
      const service = services[index];
      if (service) found[index]?.push(destinationSchema.decode(message, familyOf(service)));
    },
  });
  return found;
}

export function timeouts(session: Session): Promise<Timeouts> {
  const request = session.requestOf(bareCommand(IPVS_CMD_GET_CONFIG));
  return session.connection.ask(request, (message) => timeoutsSchema.decode(message));
}

export function daemons(session: Session): Promise<SyncDaemon[]> {
  const request = session.requestOf(bareCommand(IPVS_CMD_GET_DAEMON));
  return dump(session.connection, request, (message) => daemonSchema.decode(message));
}

/** How the servers of several services are asked for and taken, by the index of the service. */
interface DestinationLists {
  /** Writes which service is meant. */
  write(index: number, writer: MessageWriter): void;
  /** Begins the list of a service, anew where it had begun before. */
  begin(index: number): void;
  take(message: MessageReader, index: number): void;
}

/** Asks for the servers of `count` services. */
async function listDestinations(
  session: Session,
  count: number,
  { write, begin, take }: DestinationLists,
): Promise<void> {
  let next = 0;
  const body = (writer: MessageWriter) => write(next, writer);
  const request = session.requestOf({ command: IPVS_CMD_GET_DEST, body });
  await dumpLists(session.connection, {
    count,
    request: (index) => {
      next = index;
      return request;
    },
    begin,
    take,
  });
}
