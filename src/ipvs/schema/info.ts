import { IPVS_INFO_ATTR } from '../constants.ts';
import type { Info } from '../model.ts';
import { Schema } from './schema.ts';
import { u32, type WireType } from './wire-types.ts';

/** A version, packed the way that `NVERSION` in `<linux/ip_vs.h>` unpacks it. */
const version: WireType<Info['version']> = {
  form: 'u32',
  expected: 'a version',
  fault: (value) => (typeof value === 'object' ? undefined : 'type'),
  read: (reader) => {
    const packed = reader.u32();
    return { major: (packed >> 16) & 0xff, minor: (packed >> 8) & 0xff, patch: packed & 0xff };
  },
  write: (writer, attribute, { major, minor, patch }) =>
    writer.u32(attribute, (major << 16) | (minor << 8) | patch),
};

/** Top-level attributes of `IPVS_CMD_SET_INFO`, which answers `IPVS_CMD_GET_INFO`. */
export const infoSchema = new Schema<Info>({
  name: 'info',
  identity: {},
  settings: {},
  reported: {
    version: [IPVS_INFO_ATTR.VERSION, version],
    connectionTableSize: [IPVS_INFO_ATTR.CONN_TAB_SIZE, u32],
  },
});
