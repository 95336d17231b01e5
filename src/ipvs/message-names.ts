import type { FamilyNames } from '../netlink/trace/generic-names.ts';
import { type AttributeSet, type NamedEnumeration, namesOf } from '../netlink/trace/names.ts';
import { quoted } from '../platform/visible.ts';
import { Address, type Family } from './address.ts';
import {
  IPVS_CMD,
  IPVS_CMD_ATTR,
  IPVS_DAEMON_ATTR,
  IPVS_DEST_ATTR,
  IPVS_GENL_NAME,
  IPVS_INFO_ATTR,
  IPVS_STATS_ATTR,
  IPVS_SVC_ATTR,
} from './constants.ts';
import { daemonSchema } from './schema/daemon.ts';
import { destinationSchema } from './schema/destination.ts';
import { infoSchema } from './schema/info.ts';
import type { SchemaLine, SchemaLines } from './schema/schema.ts';
import { serviceSchema } from './schema/service.ts';
import { stats32Schema, stats64Schema } from './schema/stats.ts';
import { timeoutsSchema } from './schema/timeouts.ts';
import { flags, netmask, string, type WireType } from './schema/wire-types.ts';

// Names come from the constants and value formats from the schemas, so that neither is repeated here.

const stats32 = attributeSet({ IPVS_STATS_ATTR }, stats32Schema);
const stats64 = attributeSet({ IPVS_STATS_ATTR }, stats64Schema);
const infoAttributes = attributeSet({ IPVS_INFO_ATTR }, infoSchema);
const commandAttributes: AttributeSet = {
  ...attributeSet({ IPVS_CMD_ATTR }, timeoutsSchema),
  nested: new Map([
    [
      IPVS_CMD_ATTR.SERVICE,
      attributeSet({ IPVS_SVC_ATTR }, serviceSchema, [
        [IPVS_SVC_ATTR.STATS, stats32],
        [IPVS_SVC_ATTR.STATS64, stats64],
      ]),
    ],
    [
      IPVS_CMD_ATTR.DEST,
      attributeSet({ IPVS_DEST_ATTR }, destinationSchema, [
        [IPVS_DEST_ATTR.STATS, stats32],
        [IPVS_DEST_ATTR.STATS64, stats64],
      ]),
    ],
    [IPVS_CMD_ATTR.DAEMON, attributeSet({ IPVS_DAEMON_ATTR }, daemonSchema)],
  ]),
};

/** Commands and attributes of IPVS, named as in `<linux/ip_vs.h>`. */
export const ipvsNames: FamilyNames = {
  name: IPVS_GENL_NAME,
  commands: namesOf({ IPVS_CMD }),
  attributes: (command) => (command === IPVS_CMD.SET_INFO ? infoAttributes : commandAttributes),
};

/** Returns the attributes of an enumeration, with values decoded by `schema`. */
function attributeSet(
  enumeration: NamedEnumeration,
  schema: SchemaLines,
  nested: readonly (readonly [number, AttributeSet])[] = [],
): AttributeSet {
  const types = new Map<number, WireType<unknown>>();
  const lines: readonly SchemaLine[] = [...schema.identity, ...schema.settings, ...schema.reported];
  for (const { attribute, type, or } of lines) {
    types.set(attribute, type);
    if (or) types.set(...or);
  }
  const family = schema.identity.find(({ name }) => name === 'family');
  return {
    names: namesOf(enumeration),
    nested: new Map(nested),
    value(reader, all) {
      const type = types.get(reader.type);
      if (!type) return undefined;
      let known: Family = 'inet';
      for (const other = all(); family && other.next(); ) {
        if (other.type === family.attribute && family.type.read(other, known) === 'inet6') known = 'inet6';
      }
      return valueText(type, type.read(reader, known));
    },
  };
}

function valueText(type: WireType<unknown>, value: unknown): string {
  if (value instanceof Address) return value.text;
  if (typeof value === 'object') return Object.values(value ?? {}).join('.');
  if (type === string) return quoted(String(value));
  return type === flags || type === netmask ? `0x${Number(value).toString(16)}` : String(value);
}
