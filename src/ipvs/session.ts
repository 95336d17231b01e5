import type { Connection } from '../netlink/connection.ts';
import type { GenericFamily } from '../netlink/generic.ts';
import type { Request } from '../netlink/request.ts';
import type { Command } from './requests.ts';

/** An open conversation with the IPVS of a network namespace. */
export interface Session {
  readonly connection: Connection;
  readonly family: GenericFamily;
}

/** A command as a request of the family. */
export function asked({ family }: Session, { command, body }: Command): Request {
  return family.request(command, body);
}
