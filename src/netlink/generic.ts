import { ENOENT } from '../platform/errno.ts';
import type { Connection } from './connection.ts';
import { CTRL_ATTR, CTRL_CMD, GENL_HDRLEN, GENL_ID_CTRL } from './constants.ts';
import { dump } from './dump.ts';
import { NetlinkError, type NetlinkErrorFacts } from './errors.ts';
import type { AttributeReader, MessageReader } from './reader.ts';
import type { Request } from './request.ts';
import type { MessageWriter } from './writer.ts';

/** A generic netlink family: the number and version that its messages carry. */
export class GenericFamily {
  /** Type of the family's messages. */
  readonly id: number;
  readonly version: number;

  constructor(id: number, version: number) {
    this.id = id;
    this.version = version;
  }

  /**
   * Finds the family that the kernel knows under `name`. Rejects with {@link NetlinkError}: `FAMILY_NOT_FOUND` when there is
   * none.
   */
  static async find(connection: Connection, name: string): Promise<GenericFamily> {
    const controller = new GenericFamily(GENL_ID_CTRL, 1);
    const request = controller.request(CTRL_CMD.GETFAMILY, (writer) =>
      writer.string(CTRL_ATTR.FAMILY_NAME, name),
    );
    try {
      const { id, version } = await connection.request(request, decodeFamily);
      return new GenericFamily(id, version);
    } catch (cause) {
      if (cause instanceof NetlinkError && cause.errno === ENOENT) {
        throw notFound(name, { errno: cause.errno, cause });
      }
      throw cause;
    }
  }

  /** Makes a request of this family: `struct genlmsghdr`, then the attributes that `body` writes. */
  request(command: number, body?: (writer: MessageWriter) => void): Request {
    return {
      type: this.id,
      body: (writer) => {
        writer.generic(command, this.version);
        body?.(writer);
      },
    };
  }
}

/**
 * Finds the family `name` in the kernel's list of all families, which loads no module. {@link GenericFamily.find} requests a
 * family by name, which makes the kernel load the module that provides it (`ctrl_getfamily`, net/netlink/genetlink.c).
 *
 * Rejects with {@link NetlinkError}: `FAMILY_NOT_FOUND` when the kernel does not have the family now.
 */
export async function findPresentFamily(connection: Connection, name: string): Promise<GenericFamily> {
  const request = new GenericFamily(GENL_ID_CTRL, 1).request(CTRL_CMD.GETFAMILY);
  const families = await connection.withLock(() => dump(connection, request, decodeFamily));
  const found = families.find((family) => family.name === name);
  if (!found) throw notFound(name);
  return new GenericFamily(found.id, found.version);
}

function notFound(name: string, facts?: NetlinkErrorFacts): NetlinkError {
  const message = `the kernel has no generic netlink family ${name}: its module is not loaded`;
  return new NetlinkError('FAMILY_NOT_FOUND', message, facts);
}

/** Returns the attributes of a generic netlink message. */
export function genericAttributes(message: MessageReader): AttributeReader {
  return message.attributes(GENL_HDRLEN);
}

/** A family as the controller describes it. */
interface FamilyRecord {
  readonly id: number;
  readonly name: string;
  readonly version: number;
}

/**
 * Decodes the controller's message about a family.
 *
 * @throws {NetlinkError} `MALFORMED` when it has no id.
 */
export function decodeFamily(message: MessageReader): FamilyRecord {
  const reader = genericAttributes(message);
  let id: number | undefined;
  let name = '';
  let version = 0;
  while (reader.next()) {
    if (reader.type === CTRL_ATTR.FAMILY_ID) id = reader.u16();
    else if (reader.type === CTRL_ATTR.FAMILY_NAME) name = reader.string();
    else if (reader.type === CTRL_ATTR.VERSION) version = reader.u32();
  }
  if (id === undefined) throw new NetlinkError('MALFORMED', 'answer lacks the ID of the family');
  return { id, name, version };
}
