import type { Address } from '../ipvs/address.ts';
import type { Protocol } from '../ipvs/model.ts';

/** Names of hosts and ports, for printing; where there is none, the number is printed. */
export interface Names {
  host(address: Address): string | undefined;
  port(port: number, protocol: Protocol): string | undefined;
}
