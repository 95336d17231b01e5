import { quoted } from '../../platform/visible.ts';
import * as constants from '../route-constants.ts';
import { type AttributeSet, type Describe, namesOf } from './names.ts';
import { addressText } from './values.ts';

const { IFLA_EXT_MASK, IFLA_IFNAME, IFLA_INFO_KIND, IFLA_LINKINFO, IFLA_MTU, RTA_OIF, RTA_VIA } = constants;

const linkInfo: AttributeSet = {
  names: namesOf(constants, 'IFLA_INFO_'),
  value: (reader) => (reader.type === IFLA_INFO_KIND ? quoted(reader.string()) : undefined),
};

const links: AttributeSet = {
  names: namesOf(constants, 'IFLA_', 'IFLA_INFO_'),
  nested: new Map([[IFLA_LINKINFO, linkInfo]]),
  value: (reader) => {
    if (reader.type === IFLA_IFNAME) return quoted(reader.string());
    return reader.type === IFLA_MTU || reader.type === IFLA_EXT_MASK ? String(reader.u32()) : undefined;
  },
};

const addressNames = namesOf(constants, 'IFA_');
const addresses: AttributeSet = {
  names: addressNames,
  value: (reader) => (addressNames.has(reader.type) ? addressText(reader.bytes()) : undefined),
};

const routeNames = namesOf(constants, 'RTA_');
const routes: AttributeSet = {
  names: routeNames,
  value: (reader) => {
    if (reader.type === RTA_OIF) return String(reader.u32());
    if (reader.type === RTA_VIA) return addressText(reader.bytes().subarray(2));
    return routeNames.has(reader.type) ? addressText(reader.bytes()) : undefined;
  },
};

const messageNames = namesOf(constants, 'RTM_');

/** Describes rtnetlink(7) messages about links, addresses and routes. */
export const describeRoute: Describe = ({ type }) => {
  const name = messageNames.get(type);
  if (name === undefined) return undefined;
  if (name.endsWith('LINK')) return { name, headerLength: constants.ifinfomsgLength, attributes: links };
  if (name.endsWith('ADDR')) return { name, headerLength: constants.ifaddrmsgLength, attributes: addresses };
  return { name, headerLength: constants.rtmsgLength, attributes: routes };
};
