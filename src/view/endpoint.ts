import { formatEndpoint } from '../ipvs/endpoint.ts';
import type { Names } from '../names/address-names.ts';
import type { EndpointFormatter } from '../rules/format.ts';
import { clip } from '../rules/values.ts';

/** Size in bytes of the buffer in which ipvsadm 1.31 builds «host:port»; longer texts are cut. */
const bufferSize = 60;

/** Returns a formatter of endpoints that writes names, or numbers without `names`. */
export function endpointFormatter(names: Names | undefined): EndpointFormatter {
  if (!names) return formatEndpoint;
  return (address, port, protocol) => {
    const host = names.host(address) ?? address.text;
    const service = (protocol && port !== 0 ? names.port(port, protocol) : undefined) ?? String(port);
    const text = address.family === 'inet' ? `${host}:${service}` : `[${host}]:${service}`;
    return clip(text, bufferSize);
  };
}
