import { IPVS_CMD_ATTR_DAEMON, IPVS_CMD_ATTR_DEST, IPVS_CMD_ATTR_SERVICE } from '../constants.ts';
import { daemonTable } from './daemon.ts';
import { destinationTable } from './destination.ts';
import { nested } from './field-types.ts';
import { serviceTable } from './service.ts';
import { Table } from './table.ts';

/** At the first level of every command but those of configuration and information. */
export const commandTable = new Table({
  service: [IPVS_CMD_ATTR_SERVICE, nested(serviceTable)],
  destination: [IPVS_CMD_ATTR_DEST, nested(destinationTable)],
  daemon: [IPVS_CMD_ATTR_DAEMON, nested(daemonTable)],
});
