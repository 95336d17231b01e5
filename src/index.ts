/**
 * IPVS, the Linux Virtual Server in the kernel, over generic netlink.
 *
 * @example
 * const ipvs = await Ipvs.open();
 * for (const service of await ipvs.services()) console.log(service.id, await ipvs.destinations(service.id));
 * ipvs.close();
 *
 * @module
 */

export { Address, type Family } from './ipvs/address.ts';
export { Ipvs, type IpvsOptions } from './ipvs/client.ts';
export * from './ipvs/model.ts';
export type { IpvsRequest } from './ipvs/requests.ts';
export { BatchError, NetlinkError, type NetlinkErrorCode, type Outcome } from './netlink/errors.ts';
export type { Transport, TransportListener } from './netlink/transport.ts';
