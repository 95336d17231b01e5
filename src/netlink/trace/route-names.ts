import { quoted } from '../../platform/visible.ts';
import {
  IFA,
  IFLA,
  IFLA_INFO,
  ifaddrmsgLength,
  ifinfomsgLength,
  RTA,
  RTM,
  rtmsgLength,
} from '../route-constants.ts';
import { type AttributeSet, type Describe, namesOf } from './names.ts';
import { addressText } from './values.ts';

const linkInfo: AttributeSet = {
  names: namesOf({ IFLA_INFO }),
  value: (reader) => (reader.type === IFLA_INFO.KIND ? quoted(reader.string()) : undefined),
};

const links: AttributeSet = {
  names: namesOf({ IFLA }),
  nested: new Map([[IFLA.LINKINFO, linkInfo]]),
  value: (reader) => {
    if (reader.type === IFLA.IFNAME) return quoted(reader.string());
    return reader.type === IFLA.MTU || reader.type === IFLA.EXT_MASK ? String(reader.u32()) : undefined;
  },
};

const addressNames = namesOf({ IFA });
const addresses: AttributeSet = {
  names: addressNames,
  value: (reader) => (addressNames.has(reader.type) ? addressText(reader.bytes()) : undefined),
};

const routeNames = namesOf({ RTA });
const routes: AttributeSet = {
  names: routeNames,
  value: (reader) => {
    if (reader.type === RTA.OIF) return String(reader.u32());
    if (reader.type === RTA.VIA) return addressText(reader.bytes().subarray(2));
    return routeNames.has(reader.type) ? addressText(reader.bytes()) : undefined;
  },
};

const messageNames = namesOf({ RTM });

/** Describes rtnetlink(7) messages about links, addresses and routes. */
export const describeRoute: Describe = ({ type }) => {
  const name = messageNames.get(type);
  if (name === undefined) return undefined;
  if (name.endsWith('LINK')) return { name, headerLength: ifinfomsgLength, attributes: links };
  if (name.endsWith('ADDR')) return { name, headerLength: ifaddrmsgLength, attributes: addresses };
  return { name, headerLength: rtmsgLength, attributes: routes };
};
