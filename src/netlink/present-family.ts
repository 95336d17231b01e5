import type { Connection } from './connection.ts';
import { CTRL_CMD_GETFAMILY, GENL_ID_CTRL } from './constants.ts';
import { dump } from './dump.ts';
import { NetlinkError } from './errors.ts';
import { decodeFamily, GenericFamily } from './generic.ts';

/**
 * Finds the family `name` in the list of all families that the kernel has. {@link GenericFamily.find}, which asks for one by
 * its name, makes the kernel load the module that has it (`ctrl_getfamily`, net/netlink/genetlink.c); asking for the list
 * loads none.
 *
 * Rejects with {@link NetlinkError}: `FAMILY_NOT_FOUND` when the kernel does not have it now.
 */
export async function findPresentFamily(connection: Connection, name: string): Promise<GenericFamily> {
  const request = new GenericFamily(GENL_ID_CTRL, 1).request(CTRL_CMD_GETFAMILY);
  const families = await connection.withLock(() => dump(connection, request, decodeFamily));
  const found = families.find((family) => family.name === name);
  if (!found)
    throw new NetlinkError('FAMILY_NOT_FOUND', `the kernel has no generic-netlink family ${name} now`);
  return new GenericFamily(found.id, found.version);
}
