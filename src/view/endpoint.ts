import type { Names } from '../names/names.ts';
import { type EndpointFormatter, formatEndpoint } from '../rules/format.ts';

/** The reference builds «host:port» in a buffer of this many bytes, and cuts what does not fit. */
const bufferSize = 60;

/** Writes endpoints by name, or in numbers when there are no names. */
export function endpointFormatter(names: Names | undefined): EndpointFormatter {
  if (!names) return formatEndpoint;
  return (address, port, protocol) => {
    const host = names.host(address) ?? address.text;
    const service = (protocol && port !== 0 ? names.port(port, protocol) : undefined) ?? String(port);
    const text = address.family === 'inet' ? `${host}:${service}` : `[${host}]:${service}`;
    return text.slice(0, bufferSize - 1);
  };
}
