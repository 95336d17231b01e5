import { IPVS_INFO_ATTR_CONN_TAB_SIZE, IPVS_INFO_ATTR_VERSION } from '../constants.ts';
import type { Info } from '../model.ts';
import { u32 } from './field-types.ts';
import { type RecordOf, required, Table } from './table.ts';

/** At the first level of `IPVS_CMD_SET_INFO`, which answers `IPVS_CMD_GET_INFO`. */
export const infoTable = new Table({
  version: [IPVS_INFO_ATTR_VERSION, u32],
  connectionTableSize: [IPVS_INFO_ATTR_CONN_TAB_SIZE, u32],
});

/** What the kernel's answer tells; the version is packed as `NVERSION` in `<linux/ip_vs.h>` unpacks it. */
export function toInfo(record: RecordOf<typeof infoTable>): Info {
  const version = required(record.version, 'version');
  return {
    version: { major: (version >> 16) & 0xff, minor: (version >> 8) & 0xff, patch: version & 0xff },
    connectionTableSize: required(record.connectionTableSize, 'connectionTableSize'),
  };
}
