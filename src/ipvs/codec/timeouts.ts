import {
  IPVS_CMD_ATTR_TIMEOUT_TCP,
  IPVS_CMD_ATTR_TIMEOUT_TCP_FIN,
  IPVS_CMD_ATTR_TIMEOUT_UDP,
} from '../constants.ts';
import type { Timeouts } from '../model.ts';
import { u32 } from './field-types.ts';
import { type RecordOf, Table } from './table.ts';

/** At the first level of `IPVS_CMD_SET_CONFIG`, which also answers `IPVS_CMD_GET_CONFIG`. */
export const timeoutsTable = new Table({
  tcp: [IPVS_CMD_ATTR_TIMEOUT_TCP, u32],
  tcpFin: [IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, u32],
  udp: [IPVS_CMD_ATTR_TIMEOUT_UDP, u32],
});

/** The timeouts that the kernel's answer tells. A kernel built without TCP or UDP says nothing of them: 0. */
export function toTimeouts(record: RecordOf<typeof timeoutsTable>): Timeouts {
  const { tcp = 0, tcpFin = 0, udp = 0 } = record;
  return { tcp, tcpFin, udp };
}
