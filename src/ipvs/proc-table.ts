import { parseHexAddress } from './hex-address.ts';
import type { AddressServiceId, DestinationId, DestinationSummary, Forwarding, ServiceId } from './model.ts';
import { readLineBlocks } from './proc-file.ts';

const tableFile = '/proc/net/ip_vs';
const arrow = '  -> ';

const forwardings: Readonly<Record<string, Forwarding>> = {
  Masq: 'masquerade',
  Local: 'local',
  Tunnel: 'tunnel',
  Route: 'route',
  Bypass: 'bypass',
};

/**
 * The table as `/proc/net/ip_vs` has it (`net/netfilter/ipvs/ip_vs_ctl.c`). The kernel writes a service and its servers
 * in one piece, so no server stands under another service, whatever changes meanwhile; a whole service may be missed
 * then.
 */
export class ProcTable {
  readonly #text: string;
  /** Where in the text the lines of a service's servers start, by the first two words of its own line. */
  readonly #starts = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
    for (const { index, 0: line, 1: key } of text.matchAll(/^((?:TCP|UDP|SCTP) +\S+).*\n/gm)) {
      if (key) this.#starts.set(key.replace(/ +/, ' '), index + line.length);
    }
  }

  /**
   * The real servers of a service; `undefined` when the file does not have it. Services of firewall marks are not
   * looked for: the file does not tell their family.
   */
  serversOf(id: ServiceId): DestinationSummary[] | undefined {
    const start = id.kind === 'fwmark' ? undefined : this.#starts.get(keyOf(id));
    if (start === undefined) return undefined;
    const servers: DestinationSummary[] = [];
    for (let at = start; this.#text.startsWith(arrow, at); ) {
      const end = this.#text.indexOf('\n', at);
      const server = parseServer(this.#text.slice(at + arrow.length, end));
      if (server) servers.push(server);
      at = end + 1;
    }
    return servers;
  }
}

/** The table of this network namespace; `undefined` where the file cannot be read. */
export function readProcTable(path = tableFile): ProcTable | undefined {
  try {
    let text = '';
    for (const block of readLineBlocks(path)) text += block.toString('latin1');
    return new ProcTable(text);
  } catch {
    return undefined;
  }
}

/** The first two words of a service's line. */
function keyOf({ protocol, address: { family, bytes }, port }: AddressServiceId): string {
  const hex = Buffer.from(bytes).toString('hex');
  const host = family === 'inet' ? hex.toUpperCase() : `[${hex.replace(/....(?=.)/g, '$&:')}]`;
  return `${protocol.toUpperCase()} ${host}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}

function parseServer(line: string): DestinationSummary | undefined {
  const [endpoint = '', ...cells] = line.split(' ');
  const [forward = '', weight, active, inactive] = cells.filter((cell) => cell !== '');
  const forwarding = forwardings[forward];
  return (
    forwarding && {
      id: parseEndpoint(endpoint),
      forwarding,
      weight: Number(weight),
      activeConnections: Number(active),
      inactiveConnections: Number(inactive),
    }
  );
}

function parseEndpoint(text: string): DestinationId {
  const colon = text.lastIndexOf(':');
  const host = text.startsWith('[') ? text.slice(1, colon - 1) : text.slice(0, colon);
  return { address: parseHexAddress(host), port: Number.parseInt(text.slice(colon + 1), 16) };
}
