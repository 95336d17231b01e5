import { Connection } from '../netlink/connection.ts';
import { NETLINK_GENERIC } from '../netlink/constants.ts';
import { GenericFamily } from '../netlink/generic.ts';
import type { Request } from '../netlink/request.ts';
import { openSocket, type Transport } from '../netlink/transport.ts';
import { IPVS_CMD_GET_INFO, IPVS_GENL_NAME } from './constants.ts';
import type { Info } from './model.ts';
import { bareCommand, type Command, type IpvsRequest, toCommand } from './requests.ts';
import { infoSchema } from './schema/info.ts';

/** How IPVS is opened. */
export interface IpvsOptions {
  /** Carries the messages instead of a socket of this process's network namespace. */
  readonly transport?: Transport | undefined;
  /**
   * Whether the kernel may load the module `ip_vs` where it has no IPVS yet, as it does by itself when IPVS is asked for by
   * name; by default it may.
   */
  readonly loadModule?: boolean | undefined;
}

/** An open conversation with the IPVS of a network namespace: those methods of `Ipvs` that every command needs. */
export class Session {
  readonly connection: Connection;
  readonly #family: GenericFamily;

  private constructor(connection: Connection, family: GenericFamily) {
    this.connection = connection;
    this.#family = family;
  }

  /** As `Ipvs.open`. */
  static async open(options: IpvsOptions = {}): Promise<Session> {
    const connection = new Connection(options.transport ?? (await openSocket(NETLINK_GENERIC)));
    try {
      return new Session(connection, await findFamily(connection, options));
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  close(): void {
    this.connection.close();
  }

  info(): Promise<Info> {
    const request = this.requestOf(bareCommand(IPVS_CMD_GET_INFO));
    return this.connection.get(request, (message) => infoSchema.decode(message));
  }

  execute(request: IpvsRequest): Promise<void> {
    return this.connection.execute(this.requestOf(toCommand(request)));
  }

  /** What asks the kernel for a command. */
  requestOf({ command, body }: Command): Request {
    return this.#family.request(command, body);
  }
}

/** Finds the family of IPVS. What lists families is loaded where it is used, as most commands ask by name. */
async function findFamily(
  connection: Connection,
  { loadModule = true }: IpvsOptions,
): Promise<GenericFamily> {
  if (loadModule) return GenericFamily.find(connection, IPVS_GENL_NAME);
  const { findPresentFamily } = await import('../netlink/present-family.ts');
  return findPresentFamily(connection, IPVS_GENL_NAME);
}
