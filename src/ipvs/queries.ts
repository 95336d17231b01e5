import { dump, dumpLists } from '../netlink/dump.ts';
import { genericAttributes } from '../netlink/generic.ts';
import type { MessageWriter } from '../netlink/writer.ts';
import type { Family } from './address.ts';
import { commandTable } from './codec/command.ts';
import { copyDestination, copyService } from './codec/copies.ts';
import { toDaemon } from './codec/daemon.ts';
import { DestinationRows } from './codec/destination-rows.ts';
import type { RowRange } from './codec/row.ts';
import { fromServiceId } from './codec/service.ts';
import { ServiceRows } from './codec/service-rows.ts';
import { required } from './codec/table.ts';
import { timeoutsTable, toTimeouts } from './codec/timeouts.ts';
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
import { command } from './requests.ts';
import type { Session } from './session.ts';

// What the methods of `Ipvs` that have these names do, in their turn.

export async function services(session: Session): Promise<Service[]> {
  const rows = new ServiceRows();
  return (await readServices(session, rows)).map((row) => copyService(rows.at(row)));
}

export async function service(session: Session, id: ServiceId): Promise<Service> {
  const rows = new ServiceRows();
  return copyService(rows.at(await readService(session, id, rows)));
}

export function readServices(session: Session, rows: ServiceRows): Promise<number[]> {
  const request = session.requestOf(command(IPVS_CMD_GET_SERVICE, {}));
  return dump(session.connection, request, (message) => rows.add(message));
}

export function readService(session: Session, id: ServiceId, rows: ServiceRows): Promise<number> {
  const request = session.requestOf(command(IPVS_CMD_GET_SERVICE, { service: fromServiceId(id) }));
  return session.connection.ask(request, (message) => rows.add(message));
}

export async function destinationsOf(
  session: Session,
  services: readonly ServiceId[],
): Promise<Destination[][]> {
  const rows = new DestinationRows();
  const requests = services.map((id) => command(IPVS_CMD_GET_DEST, { service: fromServiceId(id) }));
  const write = (index: number, writer: MessageWriter) => requests[index]?.body(writer);
  const ranges = await listDestinations(session, write, services.map(familyOf), rows);
  return ranges.map(({ first, end }) =>
    Array.from({ length: end - first }, (_, index) => copyDestination(rows.at(first + index))),
  );
}

export function readDestinations(
  session: Session,
  services: ServiceRows,
  which: readonly number[],
  servers: DestinationRows,
): Promise<RowRange[]> {
  const write = (index: number, writer: MessageWriter) => services.writeId(which[index] ?? 0, writer);
  const families = which.map((row) => services.family(row));
  return listDestinations(session, write, families, servers);
}

export function timeouts(session: Session): Promise<Timeouts> {
  return session.connection.ask(session.requestOf(command(IPVS_CMD_GET_CONFIG, {})), (message) =>
    toTimeouts(timeoutsTable.decode(genericAttributes(message))),
  );
}

export function daemons(session: Session): Promise<SyncDaemon[]> {
  return dump(session.connection, session.requestOf(command(IPVS_CMD_GET_DAEMON, {})), (message) =>
    toDaemon(required(commandTable.decode(genericAttributes(message)).daemon, 'daemon')),
  );
}

/** Asks for the servers of services of those families, each named by what `write` writes. */
async function listDestinations(
  session: Session,
  write: (index: number, writer: MessageWriter) => void,
  families: readonly Family[],
  rows: DestinationRows,
): Promise<RowRange[]> {
  let next = 0;
  const body = (writer: MessageWriter) => write(next, writer);
  const request = session.requestOf({ command: IPVS_CMD_GET_DEST, body });
  const ranges: { first: number; end: number }[] = [];
  await dumpLists(session.connection, {
    count: families.length,
    request: (index) => {
      next = index;
      return request;
    },
    begin: (index) => {
      ranges[index] = { first: 0, end: 0 };
    },
    take: (message, index) => {
      const range = ranges[index];
      if (!range) return;
      const row = rows.add(message, families[index] ?? 'inet');
      if (range.end === 0) range.first = row;
      range.end = row + 1;
    },
  });
  return ranges;
}
