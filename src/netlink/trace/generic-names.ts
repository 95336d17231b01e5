import { quoted } from '../../platform/visible.ts';
import { CTRL_ATTR, CTRL_CMD, GENL_HDRLEN, GENL_ID_CTRL } from '../constants.ts';
import { decodeFamily } from '../generic.ts';
import { type AttributeSet, type Describe, namesOf, noAttributes } from './names.ts';

/** Names of the commands and attributes of a generic netlink family. */
export interface FamilyNames {
  /** Name by which the kernel knows the family. */
  readonly name: string;
  readonly commands: ReadonlyMap<number, string>;
  /** Returns the top-level attributes of a command's messages. */
  attributes(command: number): AttributeSet;
}

const controlAttributes: AttributeSet = {
  names: namesOf({ CTRL_ATTR }),
  value: (reader) => {
    switch (reader.type) {
      case CTRL_ATTR.FAMILY_ID:
        return String(reader.u16());
      case CTRL_ATTR.FAMILY_NAME:
        return quoted(reader.string());
      case CTRL_ATTR.VERSION:
      case CTRL_ATTR.HDRSIZE:
      case CTRL_ATTR.MAXATTR:
        return String(reader.u32());
      default:
        return undefined;
    }
  },
};

const controller: FamilyNames = {
  name: 'nlctrl',
  commands: namesOf({ CTRL_CMD }),
  attributes: () => controlAttributes,
};

/** Returns a describer of generic netlink messages: of `families`, and of the controller, whose answers give their numbers. */
export function describeGeneric(families: readonly FamilyNames[]): Describe {
  const byType = new Map<number, FamilyNames>([[GENL_ID_CTRL, controller]]);
  return (message) => {
    const family = byType.get(message.type);
    if (!family || message.end - message.start < GENL_HDRLEN) return undefined;
    const command = message.view.getUint8(message.start);
    if (family === controller && command === CTRL_CMD.NEWFAMILY) {
      const { id, name } = decodeFamily(message);
      const found = families.find((known) => known.name === name);
      if (found) byType.set(id, found);
    }
    const name = family.commands.get(command);
    return {
      name: `${family.name} ${name ?? `command ${command}`}`,
      headerLength: GENL_HDRLEN,
      attributes: name === undefined ? noAttributes : family.attributes(command),
    };
  };
}
