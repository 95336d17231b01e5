import type { Address } from '../ipvs/address.ts';
import type { Protocol } from '../ipvs/model.ts';

/** Names of hosts and ports, for printing; `undefined` where the number is printed instead. */
export interface Names {
  host(address: Address): string | undefined;
  port(port: number, protocol: Protocol): string | undefined;
}
