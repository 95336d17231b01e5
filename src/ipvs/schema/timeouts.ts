import { IPVS_CMD_ATTR } from '../constants.ts';
import type { Timeouts } from '../model.ts';
import { Schema } from './schema.ts';
import { u32 } from './wire-types.ts';

/** Value for a kernel built without the protocol, which sends no timeout for it. */
const ofProtocol = { absent: 0 } as const;

/** Top-level attributes of `IPVS_CMD_SET_CONFIG`, which also answers `IPVS_CMD_GET_CONFIG`. */
export const timeoutsSchema = new Schema<Timeouts, Timeouts>({
  name: 'timeouts',
  identity: {},
  settings: {
    tcp: [IPVS_CMD_ATTR.TIMEOUT_TCP, u32, ofProtocol],
    tcpFin: [IPVS_CMD_ATTR.TIMEOUT_TCP_FIN, u32, ofProtocol],
    udp: [IPVS_CMD_ATTR.TIMEOUT_UDP, u32, ofProtocol],
  },
  reported: {},
});
