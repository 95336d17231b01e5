import type { Address } from '../ipvs/address.ts';
import type { Protocol } from '../ipvs/model.ts';
import type { Names } from '../names/address-names.ts';

/** Returns an address and port, always in numbers, with their names where `names` is given and has them. */
export function endpointFields(
  { address, port }: { readonly address: Address; readonly port: number },
  protocol: Protocol | undefined,
  names: Names | undefined,
) {
  return {
    address: address.text,
    port,
    hostName: names?.host(address),
    portName: protocol && port !== 0 ? names?.port(port, protocol) : undefined,
  };
}
